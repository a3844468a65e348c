// `?theme=dark` pins a theme; otherwise the system's is followed live.
const pinned = new URLSearchParams(location.search).get('theme');
if (pinned) document.documentElement.dataset.theme = pinned;
