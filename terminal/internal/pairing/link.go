package pairing

import (
	"errors"
	"net/url"
	"regexp"
	"strings"
)

// ErrLink says that a text is no link of a QR code.
var ErrLink = errors.New("pairing: not a link for pairing")

// Link is what the QR code says: where the terminal is, the hash of the key that
// its TLS shows, and what completes the request once. It stands behind the # of an
// address, so that a camera that just opens it sends none of it to anybody.
type Link struct {
	URL    string // https://host:port
	ID     string
	SPKI   string // SHA-256 of the subject public key info, base64url
	Secret string
}

// Forms of the parts; one way of writing each.
const (
	linkMark     = "/#strongroom-pair="
	maxLink      = 280
	requestForm  = `^pair_[a-z2-7]{26}$`
	spkiForm     = `^[A-Za-z0-9_-]{43}$`
	secretForm   = `^[A-Za-z0-9_-]{22}$`
	originForm   = `^https://([a-z0-9.-]+|\[[0-9a-f:]+\])(:[1-9][0-9]{0,4})?$`
	linkSpeaking = "1" // the version of this form
)

// String writes the link.
func (l Link) String() string {
	return l.URL + linkMark + strings.Join([]string{linkSpeaking, l.ID, l.SPKI, l.Secret}, ".")
}

// ParseLink reads what String writes, and nothing else.
func ParseLink(text string) (Link, error) {
	if len(text) > maxLink {
		return Link{}, ErrLink
	}
	origin, rest, ok := strings.Cut(text, linkMark)
	parts := strings.Split(rest, ".")
	if !ok || len(parts) != 4 || parts[0] != linkSpeaking {
		return Link{}, ErrLink
	}
	l := Link{URL: origin, ID: parts[1], SPKI: parts[2], Secret: parts[3]}
	for form, part := range map[string]string{originForm: l.URL, requestForm: l.ID, spkiForm: l.SPKI, secretForm: l.Secret} {
		if !regexp.MustCompile(form).MatchString(part) {
			return Link{}, ErrLink
		}
	}
	if u, err := url.Parse(l.URL); err != nil || u.Host == "" {
		return Link{}, ErrLink
	}
	return l, nil
}
