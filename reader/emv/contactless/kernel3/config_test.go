package kernel3

import (
	"encoding/json"
	"reflect"
	"testing"

	"github.com/strongroom-pos/strongroom/reader/emv"
)

func TestAConfigurationComesBackFromJSON(t *testing.T) {
	c := offline()
	c.MerchantName, c.Exceptions = "Mill Lane Bakery", []emv.Hex{make(emv.Hex, 32)}
	text, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	back, err := ParseConfig(text)
	if err != nil || !reflect.DeepEqual(back, c) {
		t.Errorf("%v: %+v", err, back)
	}
}

func TestConfigurationsThatAreRefused(t *testing.T) {
	for name, text := range map[string]string{
		"empty":              `{}`,
		"unknown name":       `{"terminal_type":"22","capabilities":"E06008","amount":1}`,
		"something behind":   `{"terminal_type":"22","capabilities":"E06008"}{}`,
		"terminal type":      `{"terminal_type":"2222","capabilities":"E06008"}`,
		"no hex":             `{"terminal_type":"2g","capabilities":"E06008"}`,
		"capabilities":       `{"terminal_type":"22","capabilities":"E060"}`,
		"serial":             `{"terminal_type":"22","capabilities":"E06008","interface_serial":"1"}`,
		"exception not hash": `{"terminal_type":"22","capabilities":"E06008","exceptions":["4761"]}`,
	} {
		if _, err := ParseConfig([]byte(text)); err != ErrConfig {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := ParseConfig([]byte(`{"terminal_type":"22","capabilities":"E06008"}`)); err != nil {
		t.Error(err)
	}
}
