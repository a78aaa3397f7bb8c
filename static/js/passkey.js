// The form that asks the browser for a passkey, by allauth's scripts: shown where that works, what went wrong in words.
const FORMS = { add: "addForm", authenticate: "authenticateForm", login: "loginForm" };
const ERRORS = {
  NotAllowedError: "No passkey was used. Try again, and follow what your browser or device asks.",
  InvalidStateError: "This device already has a passkey for your account.",
};
const UNABLE = "Passkeys don't work here: the address needs https, and a name instead of numbers.";

const form = document.querySelector("[data-passkey]");
const works = Boolean(window.PublicKeyCredential);

function tell(text) {
  form.querySelector("[role='alert']").textContent = text;
}

if (form && works) {
  const { passkey, options } = form.dataset;
  const ids = { credential: "passkey-credential", passwordless: "id_passwordless", [passkey]: "use-passkey" };
  window.allauth.webauthn.forms[FORMS[passkey]]({ ids, data: options && JSON.parse(options) });
  form.hidden = false;
} else if (form?.dataset.passkey === "add") {
  tell(UNABLE);
}

document.addEventListener("allauth.error", (event) => {
  event.preventDefault();
  tell(ERRORS[event.detail.exception?.name] ?? UNABLE);
});
