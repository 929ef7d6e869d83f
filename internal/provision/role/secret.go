package role

// sealedSuffix tells a secret that a token sealed from one in clear.
const sealedSuffix = ".sealed"

// PutSecret keeps a symmetric secret: sealed under a key of the role's token, or as
// it is where the role has none.
func (f *Folder) PutSecret(name string, secret []byte) error {
	if f.r.Token == nil {
		return f.Put(name, secret)
	}
	t, err := f.open()
	if err != nil {
		return err
	}
	sealed, err := t.Seal(name, secret)
	if err != nil {
		return err
	}
	return f.Put(name+sealedSuffix, sealed)
}

// Secret reads what PutSecret kept. The caller wipes it.
func (f *Folder) Secret(name string) ([]byte, error) {
	if f.r.Token == nil {
		return f.Get(name)
	}
	sealed, err := f.Get(name + sealedSuffix)
	if err != nil {
		return nil, err
	}
	t, err := f.open()
	if err != nil {
		return nil, err
	}
	return t.Unseal(name, sealed)
}
