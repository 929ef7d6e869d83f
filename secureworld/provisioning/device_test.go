package provisioning

import (
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"
)

func sample() Device {
	return Device{
		DeviceID: "0102030405060708", Connect: "unix:/run/x", ServerName: "doors", Cert: "cert.pem", Key: "key.pem",
		CA: "ca.pem", Supplier: "supplier.key", State: "state", Keys: []Key{{Name: KeyDeviceOrder, Block: "D0112"}},
	}
}

func written(t testing.TB, d Device) []byte {
	t.Helper()
	b, err := json.Marshal(d)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestAWrittenConfigurationIsRead(t *testing.T) {
	got, err := ParseDevice(written(t, sample()))
	if err != nil || !reflect.DeepEqual(got, sample()) {
		t.Fatalf("%+v, %v", got, err)
	}
}

func TestConfigurationsThatSlippedAreRefused(t *testing.T) {
	good := string(written(t, sample()))
	for name, b := range map[string]string{
		"nothing":         "",
		"no object":       "[]",
		"an unknown name": strings.Replace(good, `"state"`, `"stat"`, 1),
		"a second object": good + "{}",
		"no keys":         strings.Replace(good, `"keys":[`, `"keys":[],"x":[`, 1),
		"an empty field":  strings.Replace(good, `"doors"`, `""`, 1),
		"too long":        good + strings.Repeat(" ", MaxFile),
	} {
		if _, err := ParseDevice([]byte(b)); !errors.Is(err, ErrDevice) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func FuzzCanonicalDevice(f *testing.F) {
	f.Add(written(f, sample()))
	f.Fuzz(func(t *testing.T, b []byte) {
		d, err := ParseDevice(b)
		if err != nil {
			return
		}
		if again, err := ParseDevice(written(t, d)); err != nil || !reflect.DeepEqual(again, d) {
			t.Fatalf("%+v became %+v, %v", d, again, err)
		}
	})
}
