package mailbox

// Generate makes a key.
func (c *Client) Generate(q Generate) (Key, error) { return call[Key](c, KindGenerate, q) }

// Find looks for the persistent key of a label.
func (c *Client) Find(label []byte) (Key, error) {
	return call[Key](c, KindFind, Find{Label: label})
}

// Delete ends a key.
func (c *Client) Delete(handle uint32) error {
	_, err := call[Done](c, KindDelete, Delete{Handle: handle})
	return err
}

// Certify gives a private key's certificate, DER.
func (c *Client) Certify(handle uint32) ([]byte, error) {
	a, err := call[Certificate](c, KindCertify, Certify{Handle: handle})
	return a.DER, err
}

// Sign signs a message, which the secure world hashes.
func (c *Client) Sign(handle uint32, message []byte) ([]byte, error) {
	a, err := call[Signature](c, KindSign, Sign{Handle: handle, Message: message})
	return a.Signature, err
}

// MAC authenticates a message.
func (c *Client) MAC(handle uint32, message []byte) ([]byte, error) {
	a, err := call[Tag](c, KindMAC, MAC{Handle: handle, Message: message})
	return a.Tag, err
}

// Seal encrypts under a symmetric key.
func (c *Client) Seal(handle uint32, plaintext, extra []byte) ([]byte, error) {
	a, err := call[Sealed](c, KindSeal, Seal{Handle: handle, Plaintext: plaintext, Extra: extra})
	return a.Sealed, err
}

// Open decrypts under a symmetric or a private key.
func (c *Client) Open(handle uint32, sealed, extra []byte) ([]byte, error) {
	a, err := call[Opened](c, KindOpen, Open{Handle: handle, Sealed: sealed, Extra: extra})
	return a.Plaintext, err
}

// PutCertificate brings a certificate in.
func (c *Client) PutCertificate(name, der []byte, trusted bool) error {
	_, err := call[Done](c, KindPutCertificate, PutCertificate{Name: name, Trusted: trusted, DER: der})
	return err
}

// GetCertificate gives one that was put.
func (c *Client) GetCertificate(name []byte) ([]byte, error) {
	a, err := call[Certificate](c, KindGetCertificate, GetCertificate{Name: name})
	return a.DER, err
}

// DeleteCertificate removes one.
func (c *Client) DeleteCertificate(name []byte) error {
	_, err := call[Done](c, KindDeleteCertificate, DeleteCertificate{Name: name})
	return err
}

// VerifyWith checks a signature; the error is a RefusedError with CodeInvalid
// where it is wrong.
func (c *Client) VerifyWith(q VerifyWith) error {
	_, err := call[Done](c, KindVerifyWith, q)
	return err
}

// EncryptWith encrypts to a certificate's holder.
func (c *Client) EncryptWith(q EncryptWith) ([]byte, error) {
	a, err := call[Sealed](c, KindEncryptWith, q)
	return a.Sealed, err
}

// PutData stores a value.
func (c *Client) PutData(name, value []byte) error {
	_, err := call[Done](c, KindPutData, PutData{Name: name, Value: value})
	return err
}

// GetData gives it.
func (c *Client) GetData(name []byte) ([]byte, error) {
	a, err := call[Data](c, KindGetData, GetData{Name: name})
	return a.Value, err
}

// DeleteData removes it.
func (c *Client) DeleteData(name []byte) error {
	_, err := call[Done](c, KindDeleteData, DeleteData{Name: name})
	return err
}
