package image

import (
	"crypto/ed25519"
	"time"

	"github.com/strongroom-pos/strongroom/secureworld/internal/certificate"
)

// DeveloperOf is the id of the key that signed a statement, as a manifest names it.
func DeveloperOf(statement []byte, manufacturer ed25519.PublicKey, now time.Time) (string, error) {
	var s Statement
	developer, err := certificate.Open(purposeStatement, statement, manufacturer, certificate.RoleDeveloper, now, &s)
	if err != nil {
		return "", err
	}
	return developer.KeyID(), nil
}
