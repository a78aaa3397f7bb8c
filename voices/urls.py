"""URLs, grouped by what they act on."""

from django.urls import path

from voices.web import (
    activity,
    aliases,
    approvals,
    exports,
    favourites,
    health,
    keys,
    library,
    metrics,
    notifications,
    provider_keys,
    quota,
    saved_views,
    setup,
    sync,
    tags,
    tokens,
)
from voices.web.api import docs as api_docs
from voices.web.auditions import ballot as audition_ballot
from voices.web.auditions import pages as auditions
from voices.web.bulk import model as bulk_model
from voices.web.bulk import runs as bulk
from voices.web.clone import page as clone
from voices.web.clone import reading_script
from voices.web.clone import recent as recent_clones
from voices.web.clone import sample as clone_sample
from voices.web.clone.several import views as several
from voices.web.consents import pages as consents
from voices.web.consents import statements as consent_statements
from voices.web.dashboard import pages as dashboard
from voices.web.definition import new as voice_new
from voices.web.definition import settings as voice_settings
from voices.web.definition import trial as voice_trial
from voices.web.packs import exports as pack_exports
from voices.web.packs import pages as packs
from voices.web.sample import audio as sample_audio
from voices.web.speak import page as speak
from voices.web.speaker_requests import pages as requests
from voices.web.team import invitations, join, members, teams, webhooks
from voices.web.team import settings as team_settings
from voices.web.voice import annotations as voice_annotations
from voices.web.voice import audio as voice_audio
from voices.web.voice import compare as voice_compare
from voices.web.voice import delete as voice_delete
from voices.web.voice import edit as voice_edit
from voices.web.voice import page as voice_page
from voices.web.voice import reclone as voice_reclone
from voices.web.voice import swap as voice_swap

app_name = "voices"
urlpatterns = [
    path("", library.page, name="library"),
    path("sync/", sync.status, name="sync"),
    path("sync/catalogue/", sync.catalogue, name="sync-catalogue"),
    path("library/counts/", library.counts, name="library-counts"),
    path("library/deleted/", library.deleted, name="library-deleted"),
    path("library/export/", exports.library, name="library-export"),
    path("packs/", packs.page, name="pack-imports"),
    path("packs/export/", pack_exports.page, name="pack-export"),
    path("packs/<uuid:pack_id>/", packs.show, name="pack-import"),
    path("packs/<uuid:pack_id>/start/", packs.start, name="pack-import-start"),
    path("packs/<uuid:pack_id>/retry/", packs.retry, name="pack-import-retry"),
    path("packs/<uuid:pack_id>/discard/", packs.discard, name="pack-import-discard"),
    path("packs/receipts/<uuid:row_id>/", packs.receipt, name="pack-import-receipt"),
    path("views/", saved_views.page, name="views"),
    path("views/save/", saved_views.save, name="view-save"),
    path("views/<uuid:view_id>/update/", saved_views.update, name="view-update"),
    path("views/<uuid:view_id>/rename/", saved_views.rename, name="view-rename"),
    path("views/<uuid:view_id>/share/", saved_views.share, name="view-share"),
    path("views/<uuid:view_id>/remove/", saved_views.remove, name="view-remove"),
    path("bulk/", bulk.start, name="bulk"),
    path("bulk/<uuid:run_id>/", bulk.run, name="bulk-run"),
    path("bulk/<uuid:run_id>/cancel/", bulk.cancel, name="bulk-cancel"),
    path("bulk/<uuid:run_id>/retry/", bulk.retry, name="bulk-retry"),
    path("bulk/<uuid:run_id>/undo/", bulk.undo, name="bulk-undo"),
    path("models/change/", bulk_model.page, name="model-change"),
    path("clone/", clone.page, name="clone"),
    path("clone/script/", reading_script.script, name="clone-script"),
    path("clone/several/", several.page, name="several"),
    path("clone/several/upload/", several.upload, name="several-upload"),
    path("clone/several/<uuid:batch_id>/", several.batch, name="several-batch"),
    path("clone/several/<uuid:batch_id>/save/", several.save, name="several-save"),
    path("clone/several/<uuid:batch_id>/remove/", several.remove, name="several-remove"),
    path("clone/several/<uuid:batch_id>/discard/", several.discard, name="several-discard"),
    path("clone/several/<uuid:batch_id>/submit/", several.submit, name="several-submit"),
    path("clone/several/<uuid:batch_id>/retry/", several.retry, name="several-retry"),
    path("clone/sample/", clone_sample.upload, name="clone-sample"),
    path("clone/part/", clone_sample.part, name="clone-part"),
    path("samples/<uuid:sample_id>/audio/", sample_audio.audio, name="sample-audio"),
    path("samples/<uuid:sample_id>/original/", sample_audio.original, name="sample-original"),
    path("requests/", requests.page, name="requests"),
    path("requests/new/", requests.new, name="request-new"),
    path("requests/<uuid:request_id>/", requests.show, name="request"),
    path("requests/<uuid:request_id>/again/", requests.again, name="request-again"),
    path("requests/<uuid:request_id>/accept/", requests.accept, name="request-accept"),
    path("requests/<uuid:request_id>/decline/", requests.decline, name="request-decline"),
    path("requests/<uuid:request_id>/withdraw/", requests.withdraw, name="request-withdraw"),
    path("approvals/", approvals.page, name="approvals"),
    path("approvals/<uuid:approval_id>/", approvals.show, name="approval"),
    path("approvals/<uuid:approval_id>/approve/", approvals.accept, name="approval-approve"),
    path("approvals/<uuid:approval_id>/decline/", approvals.refuse, name="approval-decline"),
    path("approvals/<uuid:approval_id>/withdraw/", approvals.take_back, name="approval-withdraw"),
    path("clones/", library.jobs, name="clone-jobs"),
    path("clones/<uuid:job_id>/", clone.job, name="clone-job"),
    path("clones/dismiss/", recent_clones.dismiss_all, name="clones-dismiss"),
    path("clones/<uuid:job_id>/dismiss/", recent_clones.dismiss, name="clone-dismiss"),
    path("clones/<uuid:job_id>/look/", clone.look, name="clone-look"),
    path("clones/<uuid:job_id>/retry/", clone.retry, name="clone-retry"),
    path("clones/<uuid:job_id>/cancel/", clone.cancel, name="clone-cancel"),
    path("voices/compare/", voice_compare.page, name="compare"),
    path("voices/<uuid:voice_id>/", voice_page.page, name="voice"),
    path("voices/new/", voice_new.chooser, name="voice-new"),
    path("voices/new/<str:engine>/", voice_new.page, name="voice-new-engine"),
    path("voices/try/<str:token>/", voice_trial.sound, name="voice-try"),
    path("voices/<uuid:voice_id>/settings/", voice_settings.page, name="voice-settings"),
    path("voices/<uuid:voice_id>/edit/", voice_edit.page, name="voice-edit"),
    path("voices/<uuid:voice_id>/delete/", voice_delete.page, name="voice-delete"),
    path("voices/<uuid:voice_id>/remove/", voice_delete.page, name="voice-remove"),
    path("voices/<uuid:voice_id>/clone-again/", voice_reclone.page, name="voice-clone-again"),
    path("voices/<uuid:voice_id>/replace/", voice_swap.page, name="voice-swap"),
    path("voices/<uuid:voice_id>/consent/", consents.add, name="voice-consent"),
    path("voices/<uuid:voice_id>/favourite/", favourites.favourite, name="voice-favourite"),
    path("voices/<uuid:voice_id>/tags/", voice_annotations.tags, name="voice-tags"),
    path("voices/<uuid:voice_id>/stage/", voice_annotations.stage, name="voice-stage"),
    path("voices/<uuid:voice_id>/notes/", voice_annotations.notes, name="voice-notes"),
    path("voices/<uuid:voice_id>/aliases/", voice_annotations.aliases, name="voice-aliases"),
    path("voices/<uuid:voice_id>/activity/", voice_page.activity, name="voice-activity"),
    path("voices/<uuid:voice_id>/uses/", voice_page.usage, name="voice-uses"),
    path("voices/<uuid:voice_id>/player/", voice_page.player, name="voice-player"),
    path("voices/<uuid:voice_id>/audio/", voice_audio.audio, name="voice-audio"),
    path("voices/<uuid:voice_id>/check/", voice_page.check, name="voice-check"),
    path("voices/<uuid:voice_id>/preview/retry/", voice_page.retry, name="voice-preview-retry"),
    path("tags/", tags.page, name="tags"),
    path("tags/<int:tag_id>/rename/", tags.rename, name="tag-rename"),
    path("tags/<int:tag_id>/merge/", tags.merge, name="tag-merge"),
    path("tags/<int:tag_id>/remove/", tags.remove, name="tag-remove"),
    path("aliases/", aliases.page, name="aliases"),
    path("aliases/new/", aliases.new, name="alias-new"),
    path("aliases/<uuid:alias_id>/move/", aliases.move, name="alias-move"),
    path("aliases/<uuid:alias_id>/rename/", aliases.rename, name="alias-rename"),
    path("aliases/<uuid:alias_id>/remove/", aliases.remove, name="alias-remove"),
    path("auditions/", auditions.page, name="auditions"),
    path("auditions/new/", auditions.new, name="audition-new"),
    path("auditions/pick/", auditions.pick, name="audition-pick"),
    path("auditions/<uuid:audition_id>/", auditions.show, name="audition"),
    path("auditions/<uuid:audition_id>/rate/", audition_ballot.rate, name="audition-rate"),
    path("auditions/<uuid:audition_id>/audio/<str:token>/", audition_ballot.audio, name="audition-audio"),
    path("auditions/<uuid:audition_id>/end/", auditions.end, name="audition-end"),
    path("auditions/<uuid:audition_id>/delete/", auditions.delete, name="audition-delete"),
    path("consents/", consents.page, name="consents"),
    path("consents/keys.json", consents.keys, name="consent-keys"),
    path("consents/statements/", consent_statements.page, name="statements"),
    path("consents/<uuid:uid>/", consents.consent, name="consent"),
    path("consents/<uuid:uid>/withdraw/", consents.withdraw, name="consent-withdraw"),
    path("consents/<uuid:uid>/receipt/", consents.receipt, name="consent-receipt"),
    path("dashboard/", dashboard.page, name="dashboard"),
    path("dashboard/clones/", dashboard.clones, name="dashboard-clones"),
    path("dashboard/<slug:name>.csv", dashboard.figure, name="dashboard-figure"),
    path("slots/", quota.full, name="slots-full"),
    path("slots/<uuid:key_id>/", quota.room, name="slots-room"),
    path("slots/<uuid:key_id>/check/", quota.check, name="slots-check"),
    path("keys/", keys.page, name="keys"),
    path("keys/add/", keys.add, name="key-add"),
    path("keys/sandbox/", keys.add_sandbox, name="key-sandbox"),
    path("keys/<uuid:key_id>/test/", keys.test, name="key-test"),
    path("keys/<uuid:key_id>/default/", keys.make_default, name="key-default"),
    path("keys/<uuid:key_id>/label/", keys.relabel, name="key-label"),
    path("keys/<uuid:key_id>/replace/", keys.replace, name="key-replace"),
    path("keys/<uuid:key_id>/remove/", keys.remove, name="key-remove"),
    path("keys/providers/", provider_keys.page, name="provider-keys"),
    path("keys/<uuid:key_id>/provider-key/", provider_keys.check, name="provider-key"),
    path("keys/<uuid:key_id>/providers/<str:engine>/", provider_keys.store, name="provider-key-store"),
    path(
        "keys/<uuid:key_id>/providers/<str:engine>/remove/", provider_keys.remove, name="provider-key-remove"
    ),
    path("activity/", activity.page, name="activity"),
    path("activity/export/", activity.download, name="activity-export"),
    path("team/", members.page, name="team"),
    path("team/members/<int:member_id>/role/", members.role, name="team-role"),
    path("team/members/<int:member_id>/remove/", members.remove, name="team-remove"),
    path("team/invite/", invitations.new, name="team-invite"),
    path("team/invitations/<uuid:invitation_id>/renew/", invitations.renew, name="invitation-renew"),
    path("team/invitations/<uuid:invitation_id>/revoke/", invitations.revoke, name="invitation-revoke"),
    path("team/settings/", team_settings.page, name="team-settings"),
    path("team/webhooks/", webhooks.page, name="webhooks"),
    path("team/webhooks/new/", webhooks.new, name="webhook-new"),
    path("team/webhooks/<uuid:endpoint_id>/", webhooks.show, name="webhook"),
    path("team/webhooks/<uuid:endpoint_id>/edit/", webhooks.edit, name="webhook-edit"),
    path("team/webhooks/<uuid:endpoint_id>/secret/", webhooks.rotate, name="webhook-rotate"),
    path("team/webhooks/<uuid:endpoint_id>/switch/", webhooks.switch, name="webhook-switch"),
    path("team/webhooks/<uuid:endpoint_id>/remove/", webhooks.remove, name="webhook-remove"),
    path("team/webhooks/<uuid:endpoint_id>/test/", webhooks.test, name="webhook-test"),
    path("team/webhooks/<uuid:endpoint_id>/<int:delivery_id>/again/", webhooks.again, name="webhook-again"),
    path("team/new/", teams.new, name="team-new"),
    path("team/delete/", teams.delete, name="team-delete"),
    path("notifications/", notifications.page, name="notifications"),
    path("notifications/unsubscribe/<str:token>/", notifications.off, name="unsubscribe"),
    path("tokens/", tokens.page, name="tokens"),
    path("tokens/new/", tokens.new, name="token-new"),
    path("tokens/<uuid:token_id>/revoke/", tokens.revoke, name="token-revoke"),
    path("api/v1/docs/", api_docs.page, name="api-docs"),
    path("api/v1/problems/", api_docs.problems, name="api-problems"),
    path("team/switch/", teams.switch, name="team-switch"),
    # Their tokens were taken out of the address (voices/web/links.py).
    path("speak/", speak.page, name="speak"),
    path("join/", join.page, name="join"),
    path("setup/<str:token>/", setup.page, name="setup"),
    path("readyz", health.readyz, name="readyz"),
    path("metrics", metrics.page, name="metrics"),
]
