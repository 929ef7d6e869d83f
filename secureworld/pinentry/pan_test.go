package pinentry

import (
	"encoding/hex"
	"testing"

	"github.com/strongroom-pos/strongroom/secureworld/orderauth"
)

func TestNonceAndAdditionalDataOfAPANAreThoseOfTheContract(t *testing.T) {
	if got := hex.EncodeToString(PANNonce(0x0102030405060708)); got != "50414e000102030405060708" {
		t.Errorf("nonce %s", got)
	}
	aad := PANAAD(OrderID{0xaa, 15: 0xbb}, orderauth.DeviceID{0xcc, 7: 0xdd})
	if got := hex.EncodeToString(aad); got != "aa0000000000000000000000000000bb"+"cc000000000000dd" {
		t.Errorf("additional data %s", got)
	}
}

func TestUnknownCodesAndTextsAreNotValid(t *testing.T) {
	if !CodeInternal.Valid() || codeEnd.Valid() || !TextOutOfService.Valid() || textEnd.Valid() {
		t.Fatal("a closed enumeration is open")
	}
}
