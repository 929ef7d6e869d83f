package provisioning

import (
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"
)

func kernelSample() Kernel {
	return Kernel{Version: 1, TerminalID: "TERM0001", MerchantID: "MERCHANT0000001", Currency: "EUR", Country: 276,
		MaxAmount: 1_000_000, TimeZone: "+01:00", PINAttempts: 3, CardSeconds: 60, PINSeconds: 60, HostSeconds: 20,
		ReaderDevice: "0102030405060708", PINPadDevice: "1112131415161718", HostKeyID: "2122232425262728",
		HostName: "acquirer", Keys: []Key{{Name: KeyToken, Block: "D0112"}}, PINPadKeyBlock: "D0144",
		DeviceCA: "ca", HostCA: "ca", DoorsCert: "cert", HostCert: "cert", AttestationCert: "cert"}
}

func kernelWritten(t testing.TB, k Kernel) []byte {
	t.Helper()
	b, err := json.Marshal(k)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestAWrittenKernelConfigurationIsRead(t *testing.T) {
	got, err := ParseKernel(kernelWritten(t, kernelSample()))
	if err != nil || !reflect.DeepEqual(got, kernelSample()) {
		t.Fatalf("%+v, %v", got, err)
	}
}

// A misspelt name would leave a field at zero: a limit, or a check, that is off.
func TestKernelConfigurationsThatSlippedAreRefused(t *testing.T) {
	good := string(kernelWritten(t, kernelSample()))
	for name, b := range map[string]string{
		"nothing":              "",
		"no object":            "[]",
		"an unknown name":      strings.Replace(good, `"max_amount"`, `"max_amont"`, 1),
		"an unknown inner one": strings.Replace(good, `"block"`, `"bloc"`, 1),
		"one more":             strings.Replace(good, `{`, `{"debug":true,`, 1),
		"a second object":      good + "{}",
		"a byte behind":        good + "x",
		"too long a terminal":  strings.Replace(good, "TERM0001", "TERM00012", 1),
		"too long a merchant":  strings.Replace(good, "MERCHANT0000001", "MERCHANT00000012", 1),
		"no PIN attempt":       strings.Replace(good, `"pin_attempts":3`, `"pin_attempts":0`, 1),
		"too many attempts":    strings.Replace(good, `"pin_attempts":3`, `"pin_attempts":300`, 1),
		"too long":             good + strings.Repeat(" ", MaxFile),
	} {
		if b == good {
			t.Fatalf("%s: changed nothing", name)
		}
		if _, err := ParseKernel([]byte(b)); !errors.Is(err, ErrKernel) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestAKernelConfigurationWithAnEmptyTextIsRefused(t *testing.T) {
	for i := range reflect.TypeFor[Kernel]().NumField() {
		k := kernelSample()
		f := reflect.ValueOf(&k).Elem().Field(i)
		if name := reflect.TypeFor[Kernel]().Field(i).Name; f.Kind() != reflect.String && f.Kind() != reflect.Slice || name == "DeviceRevocations" {
			continue
		}
		f.SetZero()
		if _, err := ParseKernel(kernelWritten(t, k)); !errors.Is(err, ErrKernel) {
			t.Errorf("without %s: %v", reflect.TypeFor[Kernel]().Field(i).Name, err)
		}
	}
}

func FuzzCanonicalKernel(f *testing.F) {
	f.Add(kernelWritten(f, kernelSample()))
	f.Fuzz(func(t *testing.T, b []byte) {
		k, err := ParseKernel(b)
		if err != nil {
			return
		}
		if again, err := ParseKernel(kernelWritten(t, k)); err != nil || !reflect.DeepEqual(again, k) {
			t.Fatalf("%+v became %+v, %v", k, again, err)
		}
	})
}
