"""The access matrix: what each role gets from each route, in the answer's status.

`L` is the login: 302 for a browser, 401 for htmx, with HX-Redirect if it reads. A 303 after a
change is 200 with HX-Redirect, or a fragment, for htmx.
"""

ROLES = ("anon", "other", "viewer", "editor", "owner", "admin", "staff")
L, NOT_ALLOWED = "L", 405
Cells = tuple[int | str, ...]

# A closed page: nobody of another team learns that the record exists; Nora is staff, but in no team.
TEAM_THING: Cells = (L, 404, 200, 200, 200, 200, 403)
# Ed alone has a key of the voice's account, and nothing answers where it leads: what is asked of Althea is not done.
CHANGED_THING: tuple[Cells, Cells] = ((L, 404, 403, 200, 200, 200, 403), (L, 404, 403, 422, 422, 422, 403))
# An empty form was asked nothing, so nothing is deleted.
DELETED_THING: tuple[Cells, Cells] = ((L, 404, 403, 200, 200, 200, 403), (L, 404, 403, 303, 303, 303, 403))
# What editors keep in order: viewers look at it only.
ORDERED_PAGE: Cells = (L, 404, 403, 200, 200, 200, 403)
ORDERED_THING: Cells = (L, 404, 403, 422, 422, 422, 403)
OWN_PAGE: Cells = (L, 200, 200, 200, 200, 200, 403)
OWN_KEY: Cells = (L, 404, 404, 404, 303, 404, 403)
OWN_KEY_PAGE: Cells = (L, 404, 404, 404, 200, 404, 403)
# Of the team's admins, and of staff, who are in no team here.
ADMINS_AND_STAFF: Cells = (L, 200, 403, 403, 403, 200, 200)
EDITORS_JOB: Cells = (L, 404, 403, 404, 303, 303, 403)
OWN_IMPORT: Cells = (L, 404, 403, 404, 200, 200, 403)
OWN_BATCH: Cells = (L, 404, 403, 404, 303, 403, 403)
ADMINS_PAGE: Cells = (L, 404, 403, 403, 403, 200, 403)
ADMINS_PAGE_OF_OWN: Cells = (L, 200, 403, 403, 403, 200, 403)
OTHERS_KEY: Cells = (L, 404, 403, 403, 403, 404, 403)
ADMINS_THING: Cells = (L, 404, 403, 403, 403, 303, 403)
ANYBODY: Cells = (200,) * 7

# Route: (cells of GET and HEAD, cells of POST); None: the method is not allowed.
TABLE: dict[str, tuple[Cells | None, Cells | None]] = {
    "voices:library": (OWN_PAGE, None),
    "voices:library-counts": (OWN_PAGE, None),
    "voices:library-deleted": (OWN_PAGE, None),
    "voices:views": (OWN_PAGE, None),
    # An empty form has no name for the view: back to the library with a sentence.
    "voices:view-save": (None, (L, 303, 303, 303, 303, 303, 403)),
    # Ed's own view; an admin may change what is shared.
    **{
        f"voices:view-{verb}": (None, (L, 404, 404, 404, 303, 303, 403))
        for verb in ("update", "rename", "share", "remove")
    },
    # The line for htmx; without it the library, where the line stands.
    "voices:sync": ((L, 303, 303, 303, 303, 303, 403), (L, 303, 403, 303, 303, 303, 403)),
    "voices:sync-catalogue": (None, (L, 303, 403, 403, 403, 303, 403)),
    "voices:library-export": (OWN_PAGE, (L, 303, 303, 303, 303, 303, 403)),
    # The table's form chooses no voices: back to the library with a sentence. Rights are told in test_bulk.py.
    "voices:bulk": (OWN_PAGE, (L, 303, 303, 303, 303, 303, 403)),
    "voices:bulk-run": ((L, 404, 404, 404, 200, 200, 403), None),
    "voices:bulk-cancel": (None, (L, 404, 404, 404, 303, 303, 403)),
    # With the key of who asked: not even an admin may.
    "voices:bulk-retry": (None, (L, 404, 404, 404, 303, 403, 403)),
    # The world's change is a deletion: it is told that this has no undo.
    "voices:bulk-undo": (None, (L, 404, 404, 404, 303, 303, 403)),
    # A pack is imported by who uploaded it, an admin may look. An empty form changes nothing, and nothing is missing.
    "voices:pack-imports": ((L, 200, 403, 200, 200, 200, 403), (L, 400, 403, 400, 400, 400, 403)),
    "voices:pack-export": ((L, 303, 403, 303, 303, 303, 403), (L, 303, 403, 303, 303, 303, 403)),
    "voices:pack-import": (OWN_IMPORT, None),
    "voices:pack-import-receipt": (OWN_IMPORT, None),
    **{f"voices:pack-import-{verb}": (None, OWN_BATCH) for verb in ("start", "retry", "discard")},
    # The addresses name no model, and no voices: a sentence says how to choose some.
    "voices:model-change": ((L, 404, 403, 404, 404, 404, 403), (L, 404, 403, 404, 404, 404, 403)),
    "voices:compare": (OWN_PAGE, (L, 303, 303, 303, 303, 303, 403)),
    "voices:clone": (OWN_PAGE, (L, 400, 403, 400, 400, 400, 403)),
    "voices:clone-script": (OWN_PAGE, None),
    # Who has no key is sent to the clone page, which says so; an empty form did not arrive to its end.
    "voices:several": ((L, 303, 403, 303, 200, 303, 403), (L, 400, 403, 400, 400, 400, 403)),
    "voices:several-upload": (None, (L, 400, 403, 400, 400, 400, 403)),
    "voices:several-batch": ((L, 404, 404, 404, 200, 200, 403), None),
    # With the key of who began it: an admin may look, and retry what failed.
    **{f"voices:several-{verb}": (None, OWN_BATCH) for verb in ("save", "remove", "discard", "submit")},
    "voices:several-retry": (None, EDITORS_JOB),
    # A login on the way leads back by GET: to the clone page.
    "voices:clone-sample": ((L, 302, 302, 302, 302, 302, 403), (L, 400, 403, 400, 400, 400, 403)),
    "voices:clone-part": ((L, 302, 302, 302, 302, 302, 403), (L, 400, 403, 400, 400, 400, 403)),
    # A recording is heard by those who may clone.
    "voices:sample-audio": (ORDERED_PAGE, None),
    "voices:sample-original": (ORDERED_PAGE, None),
    "voices:requests": (OWN_PAGE, None),
    "voices:request-new": ((L, 200, 403, 200, 200, 200, 403), (L, 422, 403, 422, 422, 422, 403)),
    "voices:request": (TEAM_THING, None),
    # Ed's own request; an admin may decide on all.
    "voices:request-again": ((L, 404, 403, 403, 200, 200, 403), (L, 404, 403, 403, 422, 422, 403)),
    "voices:request-accept": (None, (L, 404, 403, 403, 303, 303, 403)),
    "voices:request-decline": (None, (L, 404, 403, 403, 303, 303, 403)),
    "voices:request-withdraw": (None, (L, 404, 403, 403, 303, 303, 403)),
    # Ed's request for the deletion of his voice: every other editor and admin decides, and only he takes it back.
    "voices:approvals": ((L, 200, 403, 200, 200, 200, 403), None),
    "voices:approval": (ORDERED_PAGE, None),
    "voices:approval-approve": (None, (L, 404, 403, 303, 403, 303, 403)),
    "voices:approval-decline": (None, (L, 404, 403, 303, 403, 303, 403)),
    "voices:approval-withdraw": (None, (L, 404, 403, 403, 303, 403, 403)),
    # Whoever has the link; what comes without the form's last field was cut off.
    "voices:speak": (ANYBODY, (400,) * 7),
    "voices:clone-job": ((L, 404, 404, 404, 200, 200, 403), None),
    "voices:clone-jobs": (OWN_PAGE, None),
    "voices:clone-dismiss": (None, EDITORS_JOB),
    # An empty form names no clones: the library again.
    "voices:clones-dismiss": (None, (L, 303, 403, 303, 303, 303, 403)),
    **{f"voices:clone-{verb}": (None, EDITORS_JOB) for verb in ("retry", "look", "cancel")},
    "voices:voice": (TEAM_THING, None),
    "voices:voice-activity": (TEAM_THING, None),
    # The sandbox is nowhere: that it could not be read is said on the page.
    "voices:voice-uses": (TEAM_THING, None),
    "voices:voice-favourite": (None, (L, 404, 303, 303, 303, 303, 403)),
    # Whose key does not get there is told so on the voice's page.
    "voices:voice-check": (None, (L, 404, 403, 303, 303, 303, 403)),
    "voices:voice-edit": CHANGED_THING,
    # The world's voice is a clone, whose settings nobody changes.
    "voices:voice-settings": CHANGED_THING,
    "voices:voice-new": (OWN_PAGE, None),
    "voices:voice-new-engine": (OWN_PAGE, (L, 422, 403, 422, 422, 422, 403)),
    # Nobody has tried anything.
    "voices:voice-try": ((L, 404, 404, 404, 404, 404, 403), None),
    # An empty form names no new voice.
    "voices:voice-swap": CHANGED_THING,
    "voices:voice-delete": DELETED_THING,
    "voices:voice-remove": DELETED_THING,
    # The world's voice is there at Althea: who may clone again what is not is sent back to its page.
    "voices:voice-clone-again": ((L, 404, 403, 403, 403, 303, 403), (L, 404, 403, 403, 403, 303, 403)),
    # Empty forms: a name, a stage and a note's first state are wanted.
    "voices:voice-tags": (None, ORDERED_THING),
    "voices:voice-stage": (None, ORDERED_THING),
    "voices:voice-notes": (None, (L, 404, 403, 303, 303, 303, 403)),
    "voices:voice-aliases": (None, ORDERED_THING),
    # What the form sends is cut off here: its last field is missing.
    "voices:voice-consent": (ORDERED_PAGE, (L, 404, 403, 400, 400, 400, 403)),
    "voices:dashboard": (ADMINS_AND_STAFF, None),
    "voices:dashboard-clones": (ADMINS_AND_STAFF, None),
    "voices:dashboard-figure": (ADMINS_AND_STAFF, None),
    "voices:consents": (OWN_PAGE, None),
    "voices:consent": (TEAM_THING, None),
    "voices:consent-receipt": (TEAM_THING, None),
    # Ed recorded it: of the editors only he may withdraw it; an empty form gives no reason.
    "voices:consent-withdraw": (None, (L, 404, 403, 403, 422, 422, 403)),
    "voices:consent-keys": (ANYBODY, None),
    "voices:statements": (OWN_PAGE, (L, 422, 403, 403, 403, 422, 403)),
    "voices:tags": (OWN_PAGE, None),
    "voices:tag-rename": (ORDERED_PAGE, ORDERED_THING),
    "voices:tag-merge": (ORDERED_PAGE, ORDERED_THING),
    "voices:tag-remove": (ORDERED_PAGE, (L, 404, 403, 303, 303, 303, 403)),
    "voices:aliases": (OWN_PAGE, None),
    "voices:alias-new": ((L, 200, 403, 200, 200, 200, 403), (L, 422, 403, 422, 422, 422, 403)),
    "voices:alias-move": (ORDERED_PAGE, ORDERED_THING),
    "voices:alias-rename": (ORDERED_PAGE, ORDERED_THING),
    "voices:alias-remove": (ORDERED_PAGE, (L, 404, 403, 303, 303, 303, 403)),
    "voices:auditions": (OWN_PAGE, None),
    "voices:audition-new": ((L, 200, 403, 200, 200, 200, 403), (L, 422, 403, 422, 422, 422, 403)),
    # The table's form selects no voices: back to the library with a sentence.
    "voices:audition-pick": (None, (L, 303, 403, 303, 303, 303, 403)),
    "voices:audition": (TEAM_THING, None),
    # An empty form rates nothing.
    "voices:audition-rate": (None, (L, 404, 303, 303, 303, 303, 403)),
    # Ed's address of the voice: nobody else's, an admin's included.
    "voices:audition-audio": ((L, 404, 404, 404, 200, 404, 403), None),
    # Ed's own audition; an admin may end and delete all.
    "voices:audition-end": ((L, 404, 403, 403, 200, 200, 403), (L, 404, 403, 403, 303, 303, 403)),
    "voices:audition-delete": ((L, 404, 403, 403, 200, 200, 403), (L, 404, 403, 403, 303, 303, 403)),
    "voices:voice-player": (TEAM_THING, None),
    "voices:voice-audio": (TEAM_THING, None),
    "voices:voice-preview-retry": (None, (L, 404, 303, 303, 303, 303, 403)),
    # One's own key, by a person who may delete voices and clone.
    "voices:slots-room": ((L, 404, 403, 404, 200, 404, 403), None),
    # The note for htmx; without it the clone page, where the note stands.
    "voices:slots-full": ((L, 303, 403, 303, 303, 303, 403), None),
    "voices:slots-check": (None, (L, 404, 403, 404, 303, 404, 403)),
    "voices:keys": (OWN_PAGE, None),
    "voices:key-add": (None, (L, 422, 422, 422, 422, 422, 403)),
    "voices:key-sandbox": (None, (L, 303, 303, 303, 303, 303, 403)),
    **{f"voices:key-{verb}": (None, OWN_KEY) for verb in ("test", "default", "label")},
    "voices:key-replace": (OWN_KEY_PAGE, (L, 404, 404, 404, 422, 404, 403)),
    "voices:key-remove": (OWN_KEY_PAGE, OWN_KEY),
    "voices:provider-keys": (ADMINS_PAGE_OF_OWN, None),
    # The key is Ed's, who is no admin; whoever may clone asks of their own key.
    "voices:provider-key": ((L, 404, 403, 404, 200, 404, 403), None),
    "voices:provider-key-store": (OTHERS_KEY, OTHERS_KEY),
    "voices:provider-key-remove": (OTHERS_KEY, OTHERS_KEY),
    # Nora reads every team's activity, as a superuser.
    "voices:activity": (ADMINS_AND_STAFF, None),
    "voices:activity-export": (ADMINS_AND_STAFF, None),
    "voices:team": (OWN_PAGE, None),
    # Of Ed, an editor: an admin may, and he may leave. An empty form chooses no role, and the removal needs no choice.
    "voices:team-role": ((L, 404, 403, 403, 403, 200, 403), (L, 404, 403, 403, 403, 422, 403)),
    "voices:team-remove": ((L, 404, 403, 403, 200, 200, 403), (L, 404, 403, 403, 303, 303, 403)),
    # An empty form names no address and no event. What an admin alone sees is 404 for other teams' admins.
    "voices:webhooks": ((L, 200, 403, 403, 403, 200, 403), None),
    "voices:webhook-new": ((L, 200, 403, 403, 403, 200, 403), (L, 422, 403, 403, 403, 422, 403)),
    "voices:webhook": (ADMINS_PAGE, None),
    "voices:webhook-edit": (ADMINS_PAGE, (L, 404, 403, 403, 403, 422, 403)),
    "voices:webhook-rotate": (None, ADMINS_PAGE),
    "voices:webhook-switch": (None, ADMINS_THING),
    "voices:webhook-remove": (ADMINS_PAGE, ADMINS_THING),
    "voices:webhook-test": (None, ADMINS_THING),
    "voices:webhook-again": (None, ADMINS_THING),
    # An empty form has no choices.
    "voices:notifications": (OWN_PAGE, (L, 422, 422, 422, 422, 422, 403)),
    # Whoever has an email: its link turns off the emails of the person it was sent to.
    "voices:unsubscribe": (ANYBODY, ANYBODY),
    "voices:team-invite": ((L, 200, 403, 403, 403, 200, 403), (L, 422, 403, 403, 403, 422, 403)),
    "voices:invitation-renew": (None, (L, 404, 403, 403, 403, 200, 403)),
    "voices:invitation-revoke": (None, (L, 404, 403, 403, 403, 303, 403)),
    # It is for somebody without an account: an empty form makes none. Everybody else is told whom it is for.
    "voices:join": ((200,) + (403,) * 6, (422,) + (403,) * 6),
    # An empty form gives the team no name.
    "voices:team-settings": ((L, 200, 403, 403, 403, 200, 403), (L, 422, 403, 403, 403, 422, 403)),
    # Admins of any team, and staff, who need not be in one. An empty form gives no name.
    "voices:team-new": ((L, 200, 403, 403, 403, 200, 200), (L, 422, 403, 403, 403, 422, 422)),
    "voices:team-delete": ((L, 200, 403, 403, 403, 200, 403), (L, 422, 403, 403, 403, 422, 403)),
    "voices:tokens": (OWN_PAGE, None),
    "voices:token-new": (None, (L, 422, 422, 422, 422, 422, 403)),
    # Ed's own token; an admin revokes any of the team.
    "voices:token-revoke": ((L, 404, 404, 404, 200, 200, 403), (L, 404, 404, 404, 303, 303, 403)),
    "voices:api-docs": (OWN_PAGE, None),
    "voices:api-problems": (OWN_PAGE, None),
    "voices:team-switch": (None, (L, 404, 303, 303, 303, 303, 403)),
    "voices:setup": ((410,) * 7, (410,) * 7),
    "voices:readyz": (ANYBODY, None),
    "voices:metrics": ((404,) * 7, None),  # without a token in the settings
}
PUBLIC = {
    "voices:unsubscribe",
    "voices:setup",
    "voices:join",
    "voices:speak",
    "voices:readyz",
    "voices:metrics",
    "voices:consent-keys",
}

# Mail programs post there without having seen a page.
WITHOUT_TOKEN = {"voices:unsubscribe"}

# allauth's pages: whether a stranger sees them, or is led to the login.
ACCOUNT_OPEN = {
    "account_login", "account_inactive", "account_signup", "account_email_verification_sent",
    "account_reset_password", "account_reset_password_from_key_done",
    "account_reset_password_from_key", "account_reset_password_done", "account_confirm_login_code",
    "mfa_authenticate", "mfa_login_webauthn", "oidc_login", "oidc_callback",
}  # fmt: skip
ACCOUNT_CLOSED = {
    "account_logout", "account_reauthenticate", "account_email", "account_confirm_email", "account_change_password",
    "account_set_password", "mfa_reauthenticate", "mfa_reauthenticate_webauthn", "mfa_index", "mfa_list_webauthn",
    "mfa_activate_totp", "mfa_deactivate_totp", "mfa_add_webauthn", "mfa_edit_webauthn", "mfa_remove_webauthn",
    "mfa_view_recovery_codes", "mfa_generate_recovery_codes", "sessions-end", "oidc_remove",
}  # fmt: skip

# Only pages without secrets are compressed, and only those that are worth it.
COMPRESSED = {
    "voices:activity",
    "voices:dashboard",
    "voices:library",
    "voices:library-counts",
    "voices:clone-jobs",  # the library, without htmx
    "voices:clone",
    "voices:compare",
    "voices:several-batch",
    "voices:voice",
    "voices:voice-activity",
    "voices:api-docs",
    "voices:api-problems",
}
