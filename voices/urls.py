"""Addresses, grouped by the thing they act on."""

from django.urls import path

from voices.web import bulk, clone, exports, health, keys, library, setup, sync, teams, voices

app_name = "voices"
urlpatterns = [
    path("", library.page, name="library"),
    path("sync/", sync.status, name="sync"),
    path("library/export/", exports.library, name="library-export"),
    path("bulk/", bulk.start, name="bulk"),
    path("bulk/<uuid:run_id>/", bulk.run, name="bulk-run"),
    path("bulk/<uuid:run_id>/cancel/", bulk.cancel, name="bulk-cancel"),
    path("bulk/<uuid:run_id>/retry/", bulk.retry, name="bulk-retry"),
    path("clone/", clone.page, name="clone"),
    path("clones/", library.jobs, name="clone-jobs"),
    path("clones/<uuid:job_id>/", clone.job, name="clone-job"),
    path("clones/<uuid:job_id>/dismiss/", clone.dismiss, name="clone-dismiss"),
    path("clones/<uuid:job_id>/retry/", clone.retry, name="clone-retry"),
    path("clones/<uuid:job_id>/cancel/", clone.cancel, name="clone-cancel"),
    path("voices/<uuid:voice_id>/", voices.page, name="voice"),
    path("voices/<uuid:voice_id>/remove/", voices.remove, name="voice-remove"),
    path("voices/<uuid:voice_id>/player/", voices.player, name="voice-player"),
    path("voices/<uuid:voice_id>/audio/", voices.audio, name="voice-audio"),
    path("voices/<uuid:voice_id>/preview/retry/", voices.retry, name="voice-preview-retry"),
    path("keys/", keys.page, name="keys"),
    path("keys/add/", keys.add, name="key-add"),
    path("keys/sandbox/", keys.add_sandbox, name="key-sandbox"),
    path("keys/<uuid:key_id>/test/", keys.test, name="key-test"),
    path("keys/<uuid:key_id>/default/", keys.make_default, name="key-default"),
    path("keys/<uuid:key_id>/label/", keys.relabel, name="key-label"),
    path("keys/<uuid:key_id>/replace/", keys.replace, name="key-replace"),
    path("keys/<uuid:key_id>/remove/", keys.remove, name="key-remove"),
    path("team/switch/", teams.switch, name="team-switch"),
    path("setup/<str:token>/", setup.page, name="setup"),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
]
