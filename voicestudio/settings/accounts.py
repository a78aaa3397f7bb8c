"""People and their logins (django-allauth)."""

from typing import Any

from voicestudio.settings.environment import DATA_DIR, env, secret

AUTH_USER_MODEL = "voices.User"
AUTHENTICATION_BACKENDS = ["voices.web.accounts.backend.LoginByEmail"]
PASSWORD_RULES: dict[str, dict[str, Any]] = {
    # Django's default compares with first_name and last_name, which our users do not have.
    "UserAttributeSimilarityValidator": {"user_attributes": ("name", "email")},
    "MinimumLengthValidator": {"min_length": 8},
    "CommonPasswordValidator": {},
}
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}", "OPTIONS": options}
    for name, options in PASSWORD_RULES.items()
]
ACCOUNT_ADAPTER = "voices.web.accounts.adapter.AccountAdapter"
ACCOUNT_FORMS = {
    "login": "voices.web.accounts.forms.LogIn",
    "reauthenticate": "voices.web.accounts.forms.Confirm",
    "change_password": "voices.web.accounts.forms.ChangePassword",
    "set_password": "voices.web.accounts.forms.SetPassword",
    "reset_password": "voices.web.accounts.forms.ForgotPassword",
    "reset_password_from_key": "voices.web.accounts.forms.ChooseNewPassword",
}
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""  # the subjects name Voice Studio; allauth would prepend the host name
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_EMAIL_NOTIFICATIONS = True
# allauth's own generator also stores every email in its list, which nothing here reads.
ACCOUNT_PASSWORD_RESET_TOKEN_GENERATOR = "django.contrib.auth.tokens.PasswordResetTokenGenerator"  # noqa: S105  # a path
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_REAUTHENTICATION_TIMEOUT = 5 * 60
ACCOUNT_RATE_LIMITS = {
    "login_failed": "10/m/ip,5/300s/key",
    "login_known": "10/300s/key",  # by browser in which the person has logged in before, whatever strangers do
    "login": None,  # of all logins by address; it would lock out a whole office for one of its members
    "reset_password": "20/m/ip,5/m/key",
    "link_upload": "60/h/ip,20/h/key",  # recordings that speakers send
    "join_guess": "30/m/ip",  # links of invitations that are none
}
MFA_ADAPTER = "voices.web.accounts.second_factor.SecondFactors"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_RECOVERY_CODES_SHOW_ONCE = True
MFA_TOTP_ISSUER = "Voice Studio"
MFA_TOTP_TOLERANCE = 1  # also the code before and the one after: few phones are right to the second
MFA_ALLOW_UNVERIFIED_EMAIL = True  # people do not sign up: an admin vouches for their email
MFA_FORMS = {
    "authenticate": "voices.web.accounts.forms.EnterCode",
    "reauthenticate": "voices.web.accounts.forms.ConfirmByCode",
    "activate_totp": "voices.web.accounts.forms.AddApp",
    "login_webauthn": "voices.web.accounts.forms.LogInByPasskey",
    "authenticate_webauthn": "voices.web.accounts.forms.EnterPasskey",
    "reauthenticate_webauthn": "voices.web.accounts.forms.ConfirmByPasskey",
    "add_webauthn": "voices.web.accounts.forms.AddPasskey",
    "edit_webauthn": "voices.web.accounts.forms.RenamePasskey",
}
# Reading the challenge counts too. Nobody guesses a passkey, and a whole office has one address.
MFA_RATE_LIMITS = {"webauthn_login": "60/m/ip"}
# The company's login (OpenID Connect); off without an issuer. Without domains, every verified email may log in there.
OIDC_ISSUER = env.str("OIDC_ISSUER", "")
OIDC_CLIENT_ID = env.str("OIDC_CLIENT_ID", "")
OIDC_CLIENT_SECRET = secret("OIDC_CLIENT_SECRET", DATA_DIR, lambda _: "")
OIDC_NAME = env.str("OIDC_NAME", "your company")
OIDC_DOMAINS = [str(one).strip(" @").lower() for one in env.list("OIDC_DOMAINS", [], subcast=str)]
PASSWORD_LOGIN = env.bool("PASSWORD_LOGIN", True) or not OIDC_ISSUER
SOCIALACCOUNT_ADAPTER = "voices.web.accounts.oidc_people.CompanyLogin"
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "voices:library"
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
