package main

import (
	"fmt"

	"github.com/strongroom-pos/strongroom/reader/emv/contactless"
	"github.com/strongroom-pos/strongroom/reader/emv/contactless/entrypoint"
	"github.com/strongroom-pos/strongroom/reader/emv/contactless/kernel2"
	"github.com/strongroom-pos/strongroom/reader/emv/contactless/kernel3"
	"github.com/strongroom-pos/strongroom/reader/emv/contactless/kernel4"
	"github.com/strongroom-pos/strongroom/reader/internal/parameters"
	"github.com/strongroom-pos/strongroom/reader/internal/reading"
)

// Numbers of the contactless kernels (EMV Contactless Book B, kernel identifiers).
const (
	mastercard = 0x02
	visa       = 0x03
	amex       = 0x04
)

// configure puts the parameters of the secure world in force.
func configure(r *reading.Reader, document []byte) error {
	p, err := parameters.Parse(document)
	if err != nil {
		return err
	}
	k, err := kernels(p)
	if err != nil {
		return err
	}
	r.Obey(reading.Rules{Whitelist: whitelist(p), Contact: p.Contact, EntryPoint: p.EntryPoint, Kernels: k,
		Torn: reading.TornRules{Depth: p.Kernel2.TornDepth, Lifetime: p.Kernel2.TornLifetime}, ChipFailures: p.Stripe.ChipFailures})
	return nil
}

func whitelist(p parameters.Parameters) reading.Whitelist {
	w := reading.Whitelist{Prefixes: p.Whitelist.Prefixes}
	for _, aid := range p.Whitelist.AIDs {
		w.AIDs = append(w.AIDs, aid)
	}
	return w
}

// kernels makes the contactless kernels that the parameters configure.
func kernels(p parameters.Parameters) (entrypoint.Kernels, error) {
	makers := map[byte]contactless.NewKernel{visa: kernel3.Maker(p.Kernel3, p.Keys)}
	var err error
	if makers[mastercard], err = kernel2.New(p.Kernel2, p.Keys); err != nil {
		return nil, fmt.Errorf("kernel 2: %w", err)
	}
	if p.Kernel4 != nil {
		if makers[amex], err = kernel4.New(*p.Kernel4, p.Keys); err != nil {
			return nil, fmt.Errorf("kernel 4: %w", err)
		}
	}
	return func(id []byte) contactless.NewKernel {
		if len(id) != 1 {
			return nil // no domestic kernel
		}
		return makers[id[0]]
	}, nil
}
