package sensitive

// The encoders fail instead of writing a placeholder: a failure is found by a
// test, a written "[redacted]" is found by whoever tries to read it back.

// MarshalText always fails.
func (Bytes) MarshalText() ([]byte, error) { return nil, errEncoded }

// MarshalJSON always fails.
func (Bytes) MarshalJSON() ([]byte, error) { return nil, errEncoded }

// MarshalBinary always fails.
func (Bytes) MarshalBinary() ([]byte, error) { return nil, errEncoded }

// GobEncode always fails.
func (Bytes) GobEncode() ([]byte, error) { return nil, errEncoded }
