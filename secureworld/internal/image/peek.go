package image

import "github.com/strongroom-pos/strongroom/secureworld/internal/certificate"

// Peek reads a manifest to show it. It verifies no signature.
func Peek(path string) (Manifest, error) {
	raw, err := readOnce(path, maxDocumentBytes)
	if err != nil {
		return Manifest{}, err
	}
	var m Manifest
	if err := certificate.Body(purposeManifest, raw, &m); err != nil {
		return Manifest{}, err
	}
	return m, m.check()
}
