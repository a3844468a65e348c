(() => {
  const sentinel = '__SENTINEL__';
  const nativeSubmit = HTMLFormElement.prototype.submit;

  const base64url = (text) => {
    let binary = '';
    for (const byte of new TextEncoder().encode(text)) binary += String.fromCharCode(byte);
    return btoa(binary).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '');
  };

  // True when the form carried a response, which then goes to the program instead of to AWS.
  const handOver = (form) => {
    const field = form.querySelector('input[name="SAMLResponse"]');
    if (!field) return false;
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
