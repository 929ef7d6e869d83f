package kernel3

import (
	"encoding/json"
	"reflect"
	"testing"
)

func TestAConfigurationComesBackFromJSON(t *testing.T) {
	c := offline()
	c.MerchantName, c.CheckCash = "Mill Lane Bakery", true
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
		"empty":            `{}`,
		"unknown name":     `{"terminal_type":"22","capabilities":"E06008","amount":1}`,
		"something behind": `{"terminal_type":"22","capabilities":"E06008"}{}`,
		"terminal type":    `{"terminal_type":"2222","capabilities":"E06008"}`,
		"no hex":           `{"terminal_type":"2g","capabilities":"E06008"}`,
		"capabilities":     `{"terminal_type":"22","capabilities":"E060"}`,
		"serial":           `{"terminal_type":"22","capabilities":"E06008","interface_serial":"1"}`,
	} {
		if _, err := ParseConfig([]byte(text)); err != ErrConfig {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := ParseConfig([]byte(`{"terminal_type":"22","capabilities":"E06008"}`)); err != nil {
		t.Error(err)
	}
}
