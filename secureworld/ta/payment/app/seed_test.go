package app_test

import (
	"testing"

	"github.com/strongroom-pos/strongroom/acquirer/hostspec"
	"github.com/strongroom-pos/strongroom/acquirer/hostspec/codec"
	"github.com/strongroom-pos/strongroom/secureworld/sred/contents"
	"github.com/strongroom-pos/strongroom/secureworld/tlv"
)

// plaintext is an envelope that is not sealed.
func plaintext(t testing.TB, c *card) (envelope [contents.SealedSize]byte) {
	t.Helper()
	room := make([]byte, 0, contents.SealedSize)
	b, err := contents.Pack(room, tlv.AppendList(nil, c.account), tlv.AppendList(nil, c.chip))
	if err != nil {
		t.Fatal(err)
	}
	copy(envelope[:], b)
	return envelope
}

// plainChain is a chain envelope that is not sealed.
func plainChain(t testing.TB, c *certified) (envelope [contents.SealedChainSize]byte) {
	t.Helper()
	room := make([]byte, 0, contents.SealedChainSize)
	b, err := contents.PackChain(room, tlv.AppendList(nil, c.account), tlv.AppendList(nil, c.chain))
	if err != nil {
		t.Fatal(err)
	}
	copy(envelope[:], b)
	return envelope
}

// plainAnswer answers saleTerms under hostKSN(1), with zeros for a MAC.
func plainAnswer(t testing.TB, mti string) []byte {
	t.Helper()
	m := codec.NewMessage(mti)
	for number, value := range map[int]string{7: "1121085807", 11: "000042", 12: "095807", 13: "1121",
		37: "000000000777", 39: "00", 41: "TERM0001", 42: "MERCHANT0000001"} {
		m.SetString(number, value)
	}
	ksn := hostKSN(1)
	private := []hostspec.Element{{Tag: hostspec.PrivateKSN, Value: ksn[:]}}
	if mti == hostspec.MTINetworkAnswer {
		m.SetString(70, hostspec.NetworkSignOn)
		private = append(private, hostState()...)
	} else {
		m.SetString(3, "000000")
		m.SetString(4, "000000001234")
		m.SetString(49, "978")
	}
	if mti == hostspec.MTIRequestAnswer {
		m.SetString(38, "A1B2C3")
		m.SetString(55, issuerData())
	}
	m.Set(48, hostspec.AppendPrivate(nil, private...))
	b, err := codec.New().Pack(m)
	if err != nil {
		t.Fatal(err)
	}
	return b
}
