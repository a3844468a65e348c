"""A browser without a window: cookies, redirects, and forms that are filled in by name."""

import http.cookiejar
import urllib.error
import urllib.parse
import urllib.request

from simplesamlphp import Forms


class Browser:
    def __init__(self):
        # No proxy, whatever the environment says: everything here is on this machine.
        self.opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({}),
            urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()),
        )
        self.here = self.page = ""

    def go(self, url, fields=None):
        data = None if fields is None else urllib.parse.urlencode(fields).encode()
        try:
            with self.opener.open(url, data, timeout=30) as answer:
                self.here, self.page = answer.geturl(), answer.read().decode()
        except urllib.error.HTTPError as error:
            raise AssertionError(f"{error.code} from {url}: {error.read().decode()[:1000]}") from None
        return self

    def submit(self, having, **typed):
        """Fills in the form that has this field, and sends it."""
        form = Forms(self.page).with_field(having)
        assert form, f"no form with {having} at {self.here}: {self.page[:1000]}"
        action, fields = form
        return self.go(urllib.parse.urljoin(self.here, action), {**fields, **typed})
