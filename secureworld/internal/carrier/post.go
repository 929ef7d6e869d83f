package carrier

import (
	"encoding/binary"
	"io"
	"sync"
)

// PostKind is the first byte of a post.
type PostKind byte

// Kinds of posts.
const (
	PostBegin   PostKind = 0x01
	PostContent PostKind = 0x02
	PostMessage PostKind = 0x03
	PostClock   PostKind = 0x04
	PostBegun   PostKind = 0x81
	PostWords   PostKind = 0x82
	PostEnded   PostKind = 0x83
)

const postHeader = 5

// sizes is the shortest and the longest payload of a kind; 0, 0 for none.
func (k PostKind) sizes() (shortest, longest int) {
	switch k {
	case PostBegin:
		return beginSize + 1, beginSize + maxMeasurements
	case PostContent:
		return 1, maxContent
	case PostMessage:
		return 2, maxMessage
	case PostClock:
		return 8, 8
	case PostBegun:
		return 1, maxRelease
	case PostWords:
		return 1, maxWords
	case PostEnded:
		return 4, 4
	}
	return 0, 0
}

func (k PostKind) takes(n int) bool {
	shortest, longest := k.sizes()
	return n >= shortest && n <= longest && longest > 0
}

// Post is one message of the handover's port.
type Post struct {
	Kind    PostKind
	Payload []byte
}

func (p Post) encode() ([]byte, error) {
	if !p.Kind.takes(len(p.Payload)) {
		return nil, ErrMalformed
	}
	b := binary.BigEndian.AppendUint32([]byte{byte(p.Kind)}, uint32(len(p.Payload))) //nolint:gosec // maxContent at most
	return append(b, p.Payload...), nil
}

// ReadPost reads one post. What it accepts encodes back to the same bytes.
func ReadPost(r io.Reader) (p Post, err error) {
	var h [postHeader]byte
	if _, err := io.ReadFull(r, h[:]); err != nil {
		return p, err
	}
	p.Kind = PostKind(h[0])
	n := binary.BigEndian.Uint32(h[1:])
	if n > maxContent || !p.Kind.takes(int(n)) {
		return p, ErrMalformed
	}
	p.Payload = make([]byte, n)
	_, err = io.ReadFull(r, p.Payload)
	return p, err
}

// Poster writes posts; several goroutines may.
type Poster struct {
	mu sync.Mutex
	w  io.Writer
}

// NewPoster writes to the handover's port.
func NewPoster(w io.Writer) *Poster { return &Poster{w: w} }

// Send writes one post.
func (p *Poster) Send(k PostKind, payload []byte) error { return p.SendWith(k, payload, nil) }

// SendWith writes a post behind the content of its file, with no other post
// between.
func (p *Poster) SendWith(k PostKind, payload []byte, file io.Reader) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if file != nil {
		if err := p.content(io.LimitReader(file, MaxFile+1)); err != nil {
			return err
		}
	}
	return p.send(Post{k, payload})
}

func (p *Poster) content(file io.Reader) error {
	piece := make([]byte, maxContent)
	for {
		n, err := io.ReadFull(file, piece)
		if n > 0 {
			if err := p.send(Post{PostContent, piece[:n]}); err != nil {
				return err
			}
		}
		switch err {
		case nil:
		case io.EOF, io.ErrUnexpectedEOF:
			return nil
		default:
			return err
		}
	}
}

func (p *Poster) send(one Post) error {
	b, err := one.encode()
	if err == nil {
		_, err = p.w.Write(b)
	}
	return err
}
