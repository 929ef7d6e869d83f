package codec

// Message is one message as its fields: ASCII digits where hostspec says
// Numeric, ASCII characters where Text, bytes where Binary.
type Message struct {
	MTI    string
	fields map[int][]byte
}

// NewMessage makes an empty message of a type, four digits.
func NewMessage(mti string) *Message {
	return &Message{MTI: mti, fields: make(map[int][]byte)}
}

// Set gives a field its value, which is kept and not copied. Text may be shorter
// than the field and is padded with spaces when packed; digits may not.
func (m *Message) Set(number int, value []byte) { m.fields[number] = value }

// SetString is Set for what is no secret: dates, trace numbers, codes.
func (m *Message) SetString(number int, value string) { m.Set(number, []byte(value)) }

// Get returns a field's value, which shares memory with the message.
func (m *Message) Get(number int) ([]byte, bool) {
	v, ok := m.fields[number]
	return v, ok
}

// String returns a field's value as text, empty where the field is missing. It
// is for what is no secret.
func (m *Message) String(number int) string { return string(m.fields[number]) }

// Has reports whether a field is present.
func (m *Message) Has(number int) bool {
	_, ok := m.fields[number]
	return ok
}

// Delete takes a field out.
func (m *Message) Delete(number int) { delete(m.fields, number) }
