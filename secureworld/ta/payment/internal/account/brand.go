package account

import (
	"bytes"

	"github.com/strongroom-pos/strongroom/secureworld/payment"
)

// binRange is a range of issuer identification numbers, compared as digits.
type binRange struct {
	from, to string // both included, of the same length
	brand    payment.Brand
}

// binRanges are the schemes' published ranges, as coarse as they can be: they
// serve to notice a card number under another scheme's application, not to
// route. Narrow ranges stand before the wide ones that hold them.
func binRanges() []binRange {
	return []binRange{
		{"34", "34", payment.BrandAmex},
		{"37", "37", payment.BrandAmex},
		{"3528", "3589", payment.BrandJCB},
		{"300", "305", payment.BrandDiscover}, // Diners Club, same network
		{"3095", "3095", payment.BrandDiscover},
		{"36", "36", payment.BrandDiscover},
		{"38", "39", payment.BrandDiscover},
		{"4", "4", payment.BrandVisa},
		{"2221", "2720", payment.BrandMastercard},
		{"51", "55", payment.BrandMastercard},
		{"6011", "6011", payment.BrandDiscover},
		{"644", "649", payment.BrandDiscover},
		{"65", "65", payment.BrandDiscover},
		{"62", "62", payment.BrandUnionPay},
		{"81", "81", payment.BrandUnionPay},
		{"50", "50", payment.BrandMaestro},
		{"56", "69", payment.BrandMaestro},
	}
}

// Brand is the scheme of the PAN's issuer identification number.
func (p *PAN) Brand() payment.Brand {
	for _, r := range binRanges() {
		n := len(r.from)
		if bytes.Compare(p.digits[:n], []byte(r.from)) >= 0 && bytes.Compare(p.digits[:n], []byte(r.to)) <= 0 {
			return r.brand
		}
	}
	return payment.BrandUnknown
}

// BrandUnder returns the brand of a PAN that is used under an application of
// scheme, which its RID named, and whether the two agree. Mastercard and
// Maestro share a RID, so there the number decides; Maestro's ranges overlap
// Discover's and UnionPay's, so there the RID does.
func (p *PAN) BrandUnder(scheme payment.Brand) (payment.Brand, bool) {
	brand := p.Brand()
	switch {
	case brand == payment.BrandUnknown || scheme == payment.BrandUnknown:
		return payment.BrandUnknown, false
	case brand == scheme:
		return brand, true
	case scheme == payment.BrandMastercard && (brand == payment.BrandMaestro || p.digits[0] == '6'):
		return payment.BrandMaestro, true
	case scheme == payment.BrandDiscover && brand == payment.BrandUnionPay:
		return payment.BrandDiscover, true // 622126 to 622925 are issued by both
	}
	return payment.BrandUnknown, false
}
