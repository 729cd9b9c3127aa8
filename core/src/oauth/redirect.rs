//! Redirect URIs: which may be registered, and which of those a request names (RFC 6749 section 3.1.2, RFC 8252).
//!
//! Their texts are compared and never normalised: a browser is sent to exactly what was registered. So nothing may be
//! registered that a browser, which reads URLs by another standard (WHATWG URL), would send elsewhere.

use crate::error::Error;
use crate::text::form;
use crate::text::uri::{MAX_URI_LENGTH, Uri, has_dot_segments, is_scheme, path_and_query};

/// A redirect URI that may be registered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RedirectUri<'a>(&'a str);

impl<'a> RedirectUri<'a> {
    /// Accepts `https`, `http` on loopback, and private-use schemes with a dot in them, such as `com.example.app:/cb`
    /// (RFC 8252 sections 7.1 to 7.3).
    ///
    /// Rejects fragments (RFC 6749 section 3.1.2), user information, dot segments and percent-encoded dots in the path,
    /// addresses in an odd form, empty labels of a host, port 0 and ports with zeros in front, `'` in a query, `*`,
    /// percent-encoded control characters, and what [`Uri::parse`] rejects: white space, control characters, `\`,
    /// non-ASCII, for example. Rejects a query that has a parameter of the response, such as `state`, since no response
    /// may have one twice (RFC 6749 section 3.1).
    ///
    /// # Errors
    ///
    /// [`Error::RedirectUriRefused`] for all of these.
    ///
    /// # Examples
    ///
    /// ```
    /// use doorward::{Error, oauth::redirect::{self, RedirectUri}};
    ///
    /// let registered = ["https://app.example/cb", "http://127.0.0.1/cb"];
    /// for uri in registered {
    ///     RedirectUri::parse(uri)?; // when the client registers
    /// }
    /// // For each authorization request; the port of a loopback address may be any.
    /// assert!(redirect::check("http://127.0.0.1:49152/cb", registered, true).is_ok());
    /// assert_eq!(redirect::check("https://app.example/cb/", registered, true), Err(Error::RedirectUriMismatch));
    /// # Ok::<(), Error>(())
    /// ```
    pub fn parse(text: &'a str) -> Result<Self, Error> {
        let good = match Uri::parse(text) {
            Ok(uri) => {
                let scheme = uri.is_https_or_loopback() || is_private_use(uri.scheme());
                scheme && uri.fragment().is_none() && uri.is_unambiguous()
            }
            Err(_) => text.len() <= MAX_URI_LENGTH && has_no_authority(text),
        };
        if good && !is_misread(text) && !has_response_parameter(text) {
            Ok(Self(text))
        } else {
            Err(Error::RedirectUriRefused)
        }
    }

    /// Returns the URI, as written.
    pub fn as_str(&self) -> &'a str {
        self.0
    }

    /// Returns where it leads, for people: the host, or the scheme of an app with its colon, whatever is behind that.
    ///
    /// # Examples
    ///
    /// ```
    /// use doorward::oauth::redirect::RedirectUri;
    ///
    /// assert_eq!(RedirectUri::parse("https://app.example:8443/cb")?.destination(), "app.example");
    /// assert_eq!(RedirectUri::parse("com.example.app:/cb")?.destination(), "com.example.app:");
    /// # Ok::<(), doorward::Error>(())
    /// ```
    pub fn destination(&self) -> &'a str {
        match Uri::parse(self.0) {
            Ok(uri) if uri.has_scheme("https") || uri.has_scheme("http") => uri.host(),
            _ => self.0.split_inclusive(':').next().unwrap_or_default(),
        }
    }

    /// Returns host and port of an `http` URI whose host is a loopback address, and what is around them.
    fn around_loopback_port(&self) -> Option<(&'a str, &'a str)> {
        let uri = Uri::parse(self.0).ok()?;
        let address = uri.has_scheme("http") && matches!(uri.host(), "127.0.0.1" | "[::1]");
        let before = uri.scheme().len() + "://".len();
        let rest = self.0.get(before + uri.authority().len()..)?;
        address.then_some((self.0.get(..before + uri.host().len())?, rest))
    }
}

/// Returns whether a redirect URI leads to the device that the browser runs on: to a loopback host (RFC 6761 section
/// 6.3), whatever its scheme, or to an app by a scheme of its own. Any program there may receive the response: ask the
/// user each time, and say so. True for a text that is not a URI.
///
/// # Examples
///
/// ```
/// use doorward::oauth::redirect::is_on_device;
///
/// assert!(is_on_device("https://app.localhost:8443/cb") && is_on_device("com.example.app:/cb"));
/// assert!(!is_on_device("https://app.example/cb"));
/// ```
pub fn is_on_device(uri: &str) -> bool {
    let Ok(uri) = Uri::parse(uri) else { return true };
    !uri.has_scheme("https") || uri.target().is_none_or(|target| target.is_loopback())
}

/// Returns whether an error may be redirected to this URI before the user was asked. Not by `https`: where anybody can
/// register, a link to this server would lead on to wherever somebody likes (RFC 9700 section 4.11.2). Show the error
/// to the user, who may follow a link there. What may not be registered is no place to redirect to.
///
/// # Examples
///
/// ```
/// use doorward::oauth::redirect::may_redirect_without_consent;
///
/// assert!(may_redirect_without_consent("http://127.0.0.1:49152/cb"));
/// assert!(may_redirect_without_consent("com.example.app:/cb"));
/// assert!(!may_redirect_without_consent("https://app.example/cb"));
/// ```
pub fn may_redirect_without_consent(uri: &str) -> bool {
    RedirectUri::parse(uri).is_ok() && !Uri::parse(uri).is_ok_and(|uri| uri.has_scheme("https"))
}

/// Returns whether a query has a parameter that a response is to add (RFC 6749 section 4.1.2, RFC 9207 section 2).
fn has_response_parameter(text: &str) -> bool {
    let query = text.split_once('?').map_or("", |(_, query)| query);
    let names = ["code", "state", "iss", "error", "error_description", "error_uri"];
    form::parameters(query.as_bytes(), names).map_or(true, |found| found.iter().any(Option::is_some))
}

/// Checks `redirect_uri` of an authorization request: the text of one of the client's URIs (RFC 6749 section 3.1.2.3,
/// OAuth 2.1 section 2.3.1).
///
/// With `loopback_any_port`, the port of an `http` URI on `127.0.0.1` or `[::1]` may differ, be missing or be added
/// (RFC 8252 section 7.3). That of `localhost` may not: a name can be resolved to another host.
///
/// # Errors
///
/// [`Error::RedirectUriRefused`] if it could not be registered, [`Error::RedirectUriMismatch`] if it is not: either
/// way, do not redirect to it.
///
/// # Examples
///
/// ```
/// use doorward::Error;
/// use doorward::oauth::redirect::check;
///
/// let registered = ["https://app.example/cb", "http://127.0.0.1/cb"];
/// assert_eq!(check("https://app.example/cb", registered, true)?.as_str(), "https://app.example/cb");
/// assert!(check("http://127.0.0.1:51004/cb", registered, true).is_ok()); // a native app's port of the day
/// assert_eq!(check("https://app.example/cb/", registered, true).err(), Some(Error::RedirectUriMismatch));
/// # Ok::<(), Error>(())
/// ```
pub fn check<'a, 'r>(
    requested: &'a str,
    registered: impl IntoIterator<Item = &'r str>,
    loopback_any_port: bool,
) -> Result<RedirectUri<'a>, Error> {
    let requested = RedirectUri::parse(requested)?;
    let around = if loopback_any_port { requested.around_loopback_port() } else { None };
    let mut all = registered.into_iter();
    let found = all.any(|own| {
        let any_port = || RedirectUri::parse(own).ok().and_then(|own| own.around_loopback_port()) == around;
        own == requested.0 || (around.is_some() && any_port())
    });
    if found { Ok(requested) } else { Err(Error::RedirectUriMismatch) }
}

/// Returns whether a scheme is of a domain, reversed (RFC 8252 section 7.1): others run code (`javascript`), read
/// files, or belong to who comes first.
fn is_private_use(scheme: &str) -> bool {
    scheme.contains('.') && scheme.split('.').all(|label| !label.is_empty())
}

/// Returns whether a text has what others read more into: `*`, which stands for any text where patterns are registered,
/// or a percent-encoded control character, which splits a header or cuts a text where it is decoded.
fn is_misread(text: &str) -> bool {
    let mut escapes = text.split('%').skip(1).filter_map(|after| after.get(..2));
    text.contains('*') || escapes.any(|it| it.starts_with(['0', '1']) || it.eq_ignore_ascii_case("7f"))
}

/// Checks `scheme:/path[?query]` (RFC 8252 section 7.1).
fn has_no_authority(text: &str) -> bool {
    let Some((scheme, rest)) = text.split_once(':') else { return false };
    let path = path_and_query(rest).map(|(path, _)| path).filter(|path| !path.starts_with("//"));
    is_scheme(scheme) && is_private_use(scheme) && path.is_some_and(|path| !has_dot_segments(path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn u02_u04_what_may_be_registered() {
        for good in "https://app.example/cb https://app.example https://app.example/cb?tenant=1 https://app.example:8443/cb https://app.example:443/ \
             https://93.184.216.34/cb https://[2606:4700::1111]/cb https://xn--bcher-kva.example/cb https://a_b.example/%41%2F~!$&'()+,;=:@ \
             HTTPS://APP.example/cb http://127.0.0.1/cb http://127.0.0.1:8080/cb http://[::1]:1/cb http://localhost:65535/cb \
             http://LOCALHOST/cb com.example.app:/cb com.example.app://cb com.example.app://host:1/cb?a=b com.example.app:/ a.b:/c'?d'"
            .split(' ')
        {
            assert_eq!(RedirectUri::parse(good).map(|uri| uri.as_str()), Ok(good));
        }
        for bad in "javascript:alert(1) JavaScript:alert(1) javascript://app.example/%0aalert(1) data:text/html,x data:/a vbscript:x file:///etc/passwd \
             blob:https://app.example/a about:blank view-source:https://app.example/ urn:ietf:wg:oauth:2.0:oob ftp://app.example/cb ws://a.example/ \
             myapp:/cb myapp://cb com.:/cb .com:/cb com..app:/cb 1.app:/cb com.example.app: com.example.app:cb com.example.app:///cb \
             com.example.app:/a/../b com.example.app:/%2e com.example.app:/cb#f com.example.app://u@h/cb com.example.app:/a\\b \
             com.example.app:/%4 com.example.app:/\u{e9} com.example.app://h:0/ com.example.app?:/a com_example.app:/a \
             http://app.example/cb http://127.0.0.2/cb http://127.1/cb http://0x7f.0.0.1/cb http://2130706433/cb http://[::]/cb \
             http://[::ffff:127.0.0.1]/cb http://0.0.0.0/cb http://localhost.example/cb http://a.localhost/cb http://localhost./cb \
             http://127.0.0.1.example/cb http://127.0.0.1:0/cb http://127.0.0.1:08080/cb http://127.0.0.1:65536/cb http://127.0.0.1:/cb \
             https://app.example/cb# https://app.example/cb#f https://u@app.example/cb https://u:p@app.example/cb https://@app.example/cb \
             https://app.example\\@evil.example/ https://evil.example\\.app.example/ https:\\\\app.example/ https:/app.example/ \
             https:app.example https:///app.example/ //app.example/ /cb cb https://app.example/a/../cb https://app.example/a/.. https://app.example/./cb \
             https://app.example/%2e%2e/cb https://app.example/.%2E/cb https://app.example/a%2eb https://app.example/%zz https://app.example/% \
             https://app.example/a?b='c' https://app.example/* com.example.app:/a* https://app.example/cb?a=* https://app.example/%00 \
             https://app.example/cb?a=%0d%0a https://app.example/%1F https://app.example/%7f com.example.app:/%0A https://app.example/..%2Fa \
             https://app.example/a%5c..%5cb https://app%2eexample/ https://app..example/ https://.app.example/ https://app.example./cb https://./ \
             https://a~b.example/ https://*.app.example/ https://app.example:https/ https://1.2.3/ https://0x1/ https://1.2.3.04/ \
             https://[::1%25lo]/ https://[::1 https://b\u{fc}cher.example/ https://app.example/\u{2025}/ https://app\u{3002}example/ * "
            .split(' ')
        {
            assert_eq!(RedirectUri::parse(bad), Err(Error::RedirectUriRefused), "{bad}");
        }
        for space in ["\t", "\n", "\r", "\0", " ", "\u{b}", "\u{7f}", "\u{a0}", "\u{feff}", "\u{200b}"] {
            for uri in ["https://app.example/cb", "com.example.app:/cb"] {
                for at in [0, 1, 5, 9, 12, uri.len()] {
                    let text = std::format!("{}{space}{}", &uri[..at], &uri[at..]);
                    assert_eq!(RedirectUri::parse(&text), Err(Error::RedirectUriRefused), "{text:?}");
                }
            }
        }
        for start in ["https://h/", "a.b:/"] {
            let long = |length: usize| std::format!("{start}{}", "a".repeat(length - start.len()));
            assert!(RedirectUri::parse(&long(MAX_URI_LENGTH)).is_ok());
            assert!(RedirectUri::parse(&long(MAX_URI_LENGTH + 1)).is_err());
        }
    }

    #[test]
    fn u01_the_same_text() {
        let own = [
            "https://app.example/cb",
            "https://app.example/cb?tenant=1",
            "com.example.app:/cb",
            "http://localhost:1/cb",
        ];
        for uri in own {
            assert_eq!(check(uri, own, true), Ok(RedirectUri(uri)));
            assert_eq!(check(uri, own, false), Ok(RedirectUri(uri)));
        }
        for other in "https://app.example/cb/ https://app.example/cb? https://app.example/cb?tenant=2 https://app.example/cb/x https://app.example/c \
             https://app.example/CB https://APP.example/cb HTTPS://app.example/cb https://app.example:443/cb https://evil.example/cb \
             https://app.example.evil.example/cb https://app.example/cb%2f https://app.example//cb https://app.example/%63b https://app.example \
             https://app.example/cb?tenant=1&tenant=1 https://app.example/cb?x&tenant=1 com.example.app:/CB com.example.app:/cb/ com.example.app://cb \
             com.example.App:/cb http://localhost:2/cb http://localhost/cb http://127.0.0.1:1/cb http://LOCALHOST:1/cb"
            .split(' ')
        {
            assert_eq!(check(other, own, true), Err(Error::RedirectUriMismatch), "{other}");
        }
        for bad in [
            "https://app.example@evil.example/cb",
            "https://app.example/x/../cb",
            "https://app.example/cb#",
            "",
            "https://app.example/cb ",
        ] {
            assert_eq!(check(bad, own, true), Err(Error::RedirectUriRefused), "{bad}");
            // Nor if it is stored, from a time when less was refused.
            assert_eq!(check(bad, [bad], true), Err(Error::RedirectUriRefused), "{bad}");
        }
        assert_eq!(check(own[0], [], true), Err(Error::RedirectUriMismatch));
    }

    #[test]
    fn u03_any_port_of_a_loopback_address() {
        for (own, same) in [
            ("http://127.0.0.1/cb", "http://127.0.0.1:49152/cb"),
            ("http://127.0.0.1:1/cb", "http://127.0.0.1:2/cb"),
            ("http://127.0.0.1:1/cb", "http://127.0.0.1/cb"),
            ("http://[::1]/cb?a=b", "http://[::1]:5/cb?a=b"),
            ("http://127.0.0.1", "http://127.0.0.1:9"),
        ] {
            assert_eq!(check(same, [own], true), Ok(RedirectUri(same)));
            assert_eq!(check(same, ["https://app.example/", own], true), Ok(RedirectUri(same)));
            assert_eq!(check(same, [own], false), Err(Error::RedirectUriMismatch));
        }
        for (own, other) in [
            ("http://127.0.0.1/cb", "http://127.0.0.1:1/cb/"),
            ("http://127.0.0.1/cb", "http://127.0.0.1:1/cb?x"),
            ("http://127.0.0.1/cb", "http://127.0.0.1:1"),
            ("http://127.0.0.1", "http://127.0.0.1:1/"),
            ("http://127.0.0.1/cb", "http://[::1]:1/cb"),
            ("http://127.0.0.1/cb", "HTTP://127.0.0.1:1/cb"),
            ("http://127.0.0.1/cb", "https://127.0.0.1:1/cb"),
            ("https://127.0.0.1/cb", "https://127.0.0.1:1/cb"),
            ("http://localhost/cb", "http://localhost:1/cb"),
            ("http://localhost/cb", "http://127.0.0.1:1/cb"),
            ("http://[::1]/cb", "http://[0::1]:1/cb"),
            ("https://app.example/cb", "https://app.example:1/cb"),
            ("com.example.app://127.0.0.1/cb", "com.example.app://127.0.0.1:1/cb"),
            ("http://u@127.0.0.1/cb", "http://127.0.0.1:1/cb"),
        ] {
            assert!(check(other, [own], true).is_err(), "{own} {other}");
        }
    }
}
