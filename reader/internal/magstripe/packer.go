package magstripe

// A packer appends half bytes, high half first.
type packer struct {
	dst  []byte
	half bool // the last byte's low half is free
}

func (p *packer) nibble(n byte) {
	if p.half {
		p.dst[len(p.dst)-1] |= n
	} else {
		p.dst = append(p.dst, n<<4)
	}
	p.half = !p.half
}

func (p *packer) digits(ascii []byte) {
	for _, c := range ascii {
		p.nibble(c - '0')
	}
}

// end pads with F.
func (p *packer) end() []byte {
	if p.half {
		p.nibble(0x0F)
	}
	return p.dst
}
