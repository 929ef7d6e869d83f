package signing

import (
	"encoding/json"
	"errors"
	"reflect"
	"testing"

	"github.com/strongroom-pos/strongroom/secureworld/internal/certificate"
	"github.com/strongroom-pos/strongroom/secureworld/provisioning/parameters"
)

func document() parameters.Document {
	return parameters.Document{Version: 2, Currency: "EUR", MinBits: 1024, Reader: json.RawMessage(`{"contact":{}}`),
		Policy: parameters.Policy{Interfaces: []string{parameters.InterfaceChip}}}
}

func TestSignedParametersAreWhatBootAccepts(t *testing.T) {
	m := manufacturer(t)
	raw, err := m.Parameters(document(), release().Valid)
	if err != nil {
		t.Fatal(err)
	}
	root, err := m.RootKey()
	if err != nil {
		t.Fatal(err)
	}
	var d parameters.Document
	if _, err := certificate.Open(parameters.Purpose, raw, root, certificate.RoleConfiguration, now, &d); err != nil || !reflect.DeepEqual(d, document()) {
		t.Errorf("%+v, %v", d, err)
	}
	if d, err := ReadParameters(raw); err != nil || d.Version != 2 {
		t.Errorf("%+v, %v", d, err)
	}
	other, err := manufacturer(t).RootKey()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := certificate.Open(parameters.Purpose, raw, other, certificate.RoleConfiguration, now, &d); !errors.Is(err, certificate.ErrSignature) {
		t.Errorf("another manufacturer's: %v", err)
	}
}

func TestParametersOutOfRangeAreNotSigned(t *testing.T) {
	d := document()
	d.Version = 0
	if _, err := manufacturer(t).Parameters(d, release().Valid); !errors.Is(err, parameters.ErrValue) {
		t.Error(err)
	}
}
