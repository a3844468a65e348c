(() => {
  const sentinel = '__SENTINEL__';
  const issuer = __ISSUER__;
  const nativeSubmit = HTMLFormElement.prototype.submit;

  const base64url = (text) => {
    let binary = '';
    for (const byte of new TextEncoder().encode(text)) binary += String.fromCharCode(byte);
    return btoa(binary).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '');
  };

  const isOfAws = (address) => {
    const { hostname } = new URL(address, location.href);
    return (
      hostname === 'signin.aws.amazon.com' ||
      hostname.endsWith('.signin.aws.amazon.com') ||
      hostname.endsWith('.on.aws')
    );
  };

  const isOfOurIssuer = (value) => {
    const issuers = new DOMParser().parseFromString(atob(value), 'text/xml').getElementsByTagNameNS('*', 'Issuer');
    return [...issuers].some((one) => one.textContent.trim() === issuer);
  };

  // A provider may itself sign people in at another one: that one's response is none of ours, and goes
  // where it was meant to go. Ours may be addressed wrongly, which is what is to be found out.
  const isOurs = (form, value) => {
    try {
      return isOfAws(form.getAttribute('action') ?? '') || isOfOurIssuer(value);
    } catch {
      return false;
    }
  };

  // True when the form carried our response, which then goes to the program instead of to AWS.
  const handOver = (form) => {
    const field = form.querySelector('input[name="SAMLResponse"]');
    if (!field || !isOurs(form, field.value)) return false;
    location.href = `${sentinel}#${base64url(JSON.stringify({ samlResponse: field.value }))}`;
    return true;
  };

  HTMLFormElement.prototype.submit = function submit() {
    if (!handOver(this)) nativeSubmit.call(this);
  };
  window.addEventListener(
    'submit',
    (event) => {
      if (event.target instanceof HTMLFormElement && handOver(event.target)) {
        event.preventDefault();
        event.stopImmediatePropagation();
      }
    },
    true,
  );
})();
