"""People and their logins (django-allauth)."""

from typing import Any

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
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "voices:library"
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
