package kernel3

import "github.com/strongroom-pos/strongroom/reader/emv"

// ttq is what the reader can do and wants (9F66).
type ttq [4]byte

// byte 1
func (q ttq) stripe() bool       { return q[0]&0x80 != 0 }
func (q ttq) chip() bool         { return q[0]&0x20 != 0 }
func (q ttq) contactChip() bool  { return q[0]&0x10 != 0 }
func (q ttq) offlineOnly() bool  { return q[0]&0x08 != 0 }
func (q ttq) onlinePIN() bool    { return q[0]&0x04 != 0 }
func (q ttq) signature() bool    { return q[0]&0x02 != 0 }
func (q ttq) odaForOnline() bool { return q[0]&0x01 != 0 }

// byte 2
func (q ttq) onlineRequired() bool { return q[1]&0x80 != 0 }
func (q ttq) cvmRequired() bool    { return q[1]&0x40 != 0 }

// narrowed takes back what configuration and order do not allow. Byte 3 bit 8 is
// issuer update processing, which is not built.
func (q ttq) narrowed(c Config, o emv.Order) ttq {
	if !c.MSD {
		q[0] &^= 0x80
	}
	if !c.ODAForOnline {
		q[0] &^= 0x01
	}
	if !c.OfflineApproval || o.OnlineOnly || o.ForceOnline {
		q[1] |= 0x80
	}
	q[2] &^= 0x80
	return q
}

// ctq is what the card wants (9F6C); zeros where it sent none.
type ctq [2]byte

// byte 1
func (q ctq) onlinePIN() bool        { return q[0]&0x80 != 0 }
func (q ctq) signature() bool        { return q[0]&0x40 != 0 }
func (q ctq) onlineIfODAFails() bool { return q[0]&0x20 != 0 }
func (q ctq) switchIfODAFails() bool { return q[0]&0x10 != 0 }
func (q ctq) onlineIfExpired() bool  { return q[0]&0x08 != 0 }
func (q ctq) switchForCash() bool    { return q[0]&0x04 != 0 }
func (q ctq) switchForCashback() bool {
	return q[0]&0x02 != 0
}

// byte 2
func (q ctq) deviceVerified() bool { return q[1]&0x80 != 0 }
