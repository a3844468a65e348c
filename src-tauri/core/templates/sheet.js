// Copy buttons, and the answer file: made here, saved by the browser, sent nowhere.
(() => {
  'use strict';
  const at = (id) => document.getElementById(id);
  const form = at('answer');
  const MOST = 10000000; // IAM takes no longer metadata
  let dropped = ''; // text of a chosen file, with its own line breaks
  let unsaved = false;

  document.documentElement.classList.add('active');

  async function copy(text) {
    try {
      await navigator.clipboard.writeText(text);
      return true;
    } catch {
      // Browsers that give pages from a disk no clipboard still copy what is selected.
      const box = document.createElement('textarea');
      box.value = text;
      document.body.append(box);
      box.select();
      const done = document.execCommand('copy');
      box.remove();
      return done;
    }
  }
  document.addEventListener('click', async (event) => {
    const button = event.target.closest('button[data-copy]');
    if (!button) return;
    const done = await copy(at(button.dataset.copy).textContent);
    button.focus();
    button.textContent = done ? 'Copied' : 'Not copied: select it';
    at('copied').textContent = done
      ? button.getAttribute('aria-label').replace('Copy', 'Copied')
      : 'This browser does not let the page copy: select the value instead.';
    setTimeout(() => {
      button.textContent = 'Copy';
    }, 2000);
  });

  // What the reader in Claimbridge checks in full; here, the mistakes that a second look at the portal mends.
  function metadataFault(text) {
    const head = text.trimStart().slice(0, 200).toLowerCase();
    if (text.length > MOST)
      return 'This file is too long for metadata. Choose the one of this application.';
    if (head.startsWith('<!doctype html') || head.startsWith('<html'))
      return 'This is a web page, most likely a sign-in page. Download the metadata XML.';
    if (head.startsWith('-----begin'))
      return 'This is a certificate. Download the metadata XML, which contains it.';
    if (head.startsWith('pk')) return 'This is a ZIP archive. Unpack it and choose the XML file.';
    if (!head.startsWith('<'))
      return 'This is not metadata. Choose the metadata XML of the application.';
    if (/<!doctype/i.test(text))
      return 'This file has a document type, which metadata never has. Download it again.';
    const xml = new DOMParser().parseFromString(text, 'application/xml');
    if (xml.querySelector('parsererror')) return 'This file is not whole. Download it again.';
    if (xml.documentElement.localName === 'EntitiesDescriptor')
      return 'This is the metadata of a whole federation. Download that of this application.';
    if (!xml.getElementsByTagNameNS('*', 'IDPSSODescriptor').length)
      return 'This is not the metadata of an identity provider. Download the one of this application.';
    if (!xml.getElementsByTagNameNS('*', 'X509Certificate').length)
      return 'This metadata has no certificate. Create the signing certificate, then download it again.';
    return '';
  }
  const issuerOf = (text) =>
    new DOMParser()
      .parseFromString(text, 'application/xml')
      .documentElement.getAttribute('entityID') ?? '';
  const isHttps = (text) => {
    try {
      const url = new URL(text);
      return url.protocol === 'https:' && !url.username && !url.password;
    } catch {
      return false;
    }
  };
  const isOfPractice = (text) =>
    form.dataset.practice === 'true' && /^http:\/\/(127\.0\.0\.1|localhost):\d+/.test(text);
  const faults = {
    authentication_url: (text) =>
      isHttps(text) && text.length <= 1284
        ? ''
        : 'Expected an address that starts with https://, as the portal shows it.',
    issuer: (text) =>
      (isHttps(text) && !/[?#]/.test(text)) || isOfPractice(text)
        ? ''
        : 'Expected an address that starts with https://, without ? and #, as the portal shows it.',
    client_id: (text) =>
      /^[A-Za-z0-9_.:/()*?=-]{1,255}$/.test(text)
        ? ''
        : 'Expected 1 to 255 letters, digits and _ . : / ( ) * ? = -, without blanks.',
  };

  function tell(field, fault) {
    field.setAttribute('aria-invalid', fault ? 'true' : 'false');
    at(`${field.id}-said`).textContent = fault;
    return !fault;
  }
  function tellMetadata() {
    const box = at('metadata');
    if (!box) return true;
    const text = dropped || box.value;
    const fault = text.trim() ? metadataFault(text) : '';
    const said = at('metadata-said');
    at('file').setAttribute('aria-invalid', fault ? 'true' : 'false');
    said.className = fault ? 'said wrong' : 'said right';
    said.textContent = fault || (text.trim() ? `✓ Metadata of ${issuerOf(text)}` : '');
    return !fault;
  }

  async function take(file) {
    if (!file) return;
    if (file.size > MOST * 4) {
      dropped = '';
      at('metadata-said').className = 'said wrong';
      at('metadata-said').textContent =
        'This file is too long for metadata. Choose the one of this application.';
      return;
    }
    const bytes = new Uint8Array(await file.arrayBuffer());
    const wide =
      bytes[0] === 0xff && bytes[1] === 0xfe
        ? 'utf-16le'
        : bytes[0] === 0xfe && bytes[1] === 0xff
          ? 'utf-16be'
          : 'utf-8';
    dropped = new TextDecoder(wide).decode(bytes);
    at('metadata').value = '';
    unsaved = true;
    tellMetadata();
  }
  if (at('drop')) {
    const drop = at('drop');
    at('file').addEventListener('change', (event) => take(event.target.files[0]));
    at('metadata').addEventListener('input', () => {
      dropped = '';
      at('file').value = '';
      tellMetadata();
    });
    for (const name of ['dragover', 'dragleave', 'drop'])
      drop.addEventListener(name, (event) => {
        event.preventDefault();
        drop.classList.toggle('over', name === 'dragover');
        if (name === 'drop') take(event.dataTransfer.files[0]);
      });
    // A file that misses the box must not replace the page.
    for (const name of ['dragover', 'drop'])
      addEventListener(name, (event) => event.preventDefault());
  }

  document.addEventListener('input', () => {
    unsaved = true;
  });
  addEventListener('beforeunload', (event) => {
    if (unsaved) event.preventDefault();
  });
  for (const [id, fault] of Object.entries(faults)) {
    const field = at(id);
    field?.addEventListener('change', () =>
      tell(field, field.value.trim() ? fault(field.value.trim()) : ''),
    );
  }

  form.addEventListener('submit', (event) => {
    event.preventDefault();
    const answer = { schema: 1, kind: 'claimbridge-answer', setup: form.dataset.setup };
    const missing = [];
    let wrong = null;
    if (at('metadata')) {
      const text = dropped || at('metadata').value;
      if (!tellMetadata()) wrong = at('file');
      if (text.trim()) answer.metadata = text;
      else missing.push('the metadata');
    }
    for (const [id, fault] of Object.entries(faults)) {
      const field = at(id);
      if (!field) continue;
      const text = field.value.trim();
      if (!tell(field, text ? fault(text) : '')) wrong ??= field;
      if (text) answer[id] = text;
      else missing.push(document.querySelector(`label[for=${id}]`).textContent);
    }
    const said = at('saved');
    if (wrong) {
      said.className = 'said act wrong';
      said.textContent = 'Nothing was saved: look at what is marked above.';
      wrong.focus();
      return;
    }
    answer.done = [...document.querySelectorAll('input[data-steps]:checked')].flatMap((tick) =>
      tick.dataset.steps.split(' '),
    );
    answer.note = at('note').value.trim();
    const link = document.createElement('a');
    const address = URL.createObjectURL(
      new Blob([`${JSON.stringify(answer, null, 2)}\n`], { type: 'application/json' }),
    );
    link.href = address;
    link.download = form.dataset.file;
    link.click();
    setTimeout(() => URL.revokeObjectURL(address), 60000);
    unsaved = false;
    said.className = 'said act right';
    said.textContent = `Saved as ${form.dataset.file}, among the downloads. Hand it to whoever gave you this sheet.${missing.length ? ` Not in it: ${missing.join(', ')}.` : ''}`;
  });
})();
