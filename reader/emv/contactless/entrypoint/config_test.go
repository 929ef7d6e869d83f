package entrypoint

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

const setting = `{"sets":[{"transaction_types":"0009","status_check_support":true,"zero_amount_allowed":false,` +
	`"extended_selection":true,"transaction_limit":30000,"floor_limit":0,"terminal_floor_limit":5,"cvm_required_limit":5000,` +
	`"ttq":"36004000","combinations":[{"aid":"A0000000031010","kernel":"03"},{"aid":"A0000000041010","kernel":"02"}]}]}`

func TestAConfigurationIsReadAndWrittenUnchanged(t *testing.T) {
	c, err := ParseConfig([]byte(setting))
	if err != nil {
		t.Fatal(err)
	}
	b, err := json.Marshal(c)
	if err != nil || string(b) != setting {
		t.Errorf("%v\n%s", err, b)
	}
}

func TestConfigurationsOutOfRangeAreRefused(t *testing.T) {
	edit := func(old, new string) string {
		if !strings.Contains(setting, old) {
			t.Fatalf("%q is not in the setting", old)
		}
		return strings.Replace(setting, old, new, 1)
	}
	var many []string
	for i := range maxCombinations + 1 {
		many = append(many, fmt.Sprintf(`{"aid":"A0000000%04X","kernel":"21"}`, i))
	}
	for name, s := range map[string]string{
		"nothing":                "",
		"no sets":                `{"sets":[]}`,
		"something behind":       setting + "{}",
		"an unknown name":        edit(`"ttq"`, `"ttx"`),
		"no transaction type":    edit(`"0009"`, `""`),
		"a type twice":           edit(`"0009"`, `"0000"`),
		"a limit beyond n 12":    edit(`30000`, `1000000000000`),
		"a negative limit":       edit(`30000`, `-1`),
		"a floor beyond n 12":    edit(`"floor_limit":0`, `"floor_limit":1000000000000`),
		"a terminal floor":       edit(`_limit":5,`, `_limit":1000000000000,`),
		"a CVM limit":            edit(`_limit":5000`, `_limit":1000000000000`),
		"a short TTQ":            edit(`36004000`, `360040`),
		"TTQ not hexadecimal":    edit(`36004000`, `3600400`),
		"a short AID":            edit(`A0000000041010`, `A0000000`),
		"a long AID":             edit(`A0000000041010`, strings.Repeat("A0", 17)),
		"kernel zero":            edit(`"02"`, `"00"`),
		"no kernel":              edit(`"02"`, `""`),
		"half a domestic kernel": edit(`"02"`, `"81"`),
		"kernel of two bytes":    edit(`"02"`, `"8109"`),
		"short identifier zero":  edit(`"02"`, `"800978"`),
		"a long international":   edit(`"02"`, `"020978"`),
		"a combination twice":    edit(`{"aid":"A0000000041010","kernel":"02"}`, `{"aid":"A0000000031010","kernel":"03"}`),
		"no combination":         `{"sets":[{"transaction_types":"00","combinations":[]}]}`,
		"too many combinations":  `{"sets":[{"transaction_types":"00","combinations":[` + strings.Join(many, ",") + `]}]}`,
		"too many sets": `{"sets":[` + strings.Repeat(`{"transaction_types":"00","combinations":[{"aid":"A0000000031010","kernel":"03"}]},`, maxSets) +
			`{"transaction_types":"01","combinations":[{"aid":"A0000000031010","kernel":"03"}]}]}`,
	} {
		if _, err := ParseConfig([]byte(s)); err != ErrConfig {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestOneCombinationMayStandInSetsOfSeveralTypes(t *testing.T) {
	one := `{"transaction_types":"%s","combinations":[{"aid":"A0000000031010","kernel":"03"}]}`
	if _, err := ParseConfig([]byte(`{"sets":[` + fmt.Sprintf(one, "00") + "," + fmt.Sprintf(one, "20") + `]}`)); err != nil {
		t.Error(err)
	}
	if _, err := ParseConfig([]byte(`{"sets":[` + fmt.Sprintf(one, "0020") + "," + fmt.Sprintf(one, "20") + `]}`)); err == nil {
		t.Error("twice for one type")
	}
}

func FuzzConfig(f *testing.F) {
	f.Add([]byte(setting))
	f.Fuzz(func(t *testing.T, b []byte) {
		c, err := ParseConfig(b)
		if err != nil {
			return
		}
		again, err := json.Marshal(c)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := ParseConfig(again); err != nil {
			t.Errorf("what was read is refused: %s", again)
		}
	})
}
