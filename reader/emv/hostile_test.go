package emv

import (
	"bytes"
	"crypto/sha1" //nolint:gosec // as the standard has it
	"encoding/json"
	"testing"

	"github.com/strongroom-pos/strongroom/internal/virtualcard"
	"github.com/strongroom-pos/strongroom/secureworld/tlv"
)

func TestHostileCardsEndInAnError(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*virtualcard.Profile)
		want   Outcome
	}{
		"templates where values belong": {func(p *virtualcard.Profile) { p.Garbage, p.FaultCommand = virtualcard.GarbageNested, "gac1" }, OutcomeCardError},
		"everything twice":              {func(p *virtualcard.Profile) { p.Garbage, p.FaultCommand = virtualcard.GarbageDuplicate, "read" }, OutcomeCardError},
		"cryptogram twice":              {func(p *virtualcard.Profile) { p.Garbage, p.FaultCommand = virtualcard.GarbageDuplicate, "gac1" }, OutcomeCardError},
		"AFL to nowhere":                {func(p *virtualcard.Profile) { p.Garbage = virtualcard.GarbageAFL }, OutcomeCardError},
		"lists of 255 bytes":            {func(p *virtualcard.Profile) { p.Garbage = virtualcard.GarbageDOL }, OutcomeCardError},
		"false signatures":              {func(p *virtualcard.Profile) { p.Garbage = virtualcard.GarbageSignature }, OutcomeDeclined},
		"application blocked":           {func(p *virtualcard.Profile) { p.AppBlocked, p.NoPSE = true, true }, OutcomeNotAccepted},
		"application blocked, by PSE":   {func(p *virtualcard.Profile) { p.AppBlocked = true }, OutcomeNotAccepted},
	} {
		t.Run(name, func(t *testing.T) {
			b, cfg := newAuthBench(t, "cda", c.change)
			if _, a := b.run(cfg); a.Outcome != c.want || b.online != 0 {
				t.Fatalf("%v (%s), online %d", a.Outcome, a.Reason, b.online)
			}
		})
	}
}

func TestPaddedAnswersAreTaken(t *testing.T) {
	b := newBench(t)
	b.alter = func(command, answer []byte) []byte {
		if command[1] != 0xB2 || len(answer) < 8 || answer[0] != 0x70 || answer[1] > 0x70 {
			return answer
		}
		n := int(answer[1])
		return append(append([]byte{0x70, 0x82, 0x00, byte(n + 2), 0x00}, answer[2:2+n]...), 0x00, 0x90, 0x00)
	}
	if _, a := b.run(testConfig(t, "A0000000031010")); a.Outcome != OutcomeApproved {
		t.Fatalf("%v (%s)", a.Outcome, a.Reason)
	}
}

func TestAnIssuersRecordWithoutTemplateFailsTheAuthenticationOnly(t *testing.T) {
	for record, broken := range map[string]bool{"7000": false, "70045F340101": false, "0102": true, "70": true, "7005AA": true} {
		tx := New(testConfig(t, "A0000000031010"), testOrder())
		atApplication(t, tx, "2000", "58010101")
		tx.last = tx.nextRecord()
		a := tx.Next(Response(unhex(t, record+"9000")))
		if tx.auth.broken != broken || a.Reason != ReasonMissing {
			t.Errorf("%s: broken %v, %v", record, tx.auth.broken, a.Reason)
		}
		if !broken && !bytes.Equal(tx.auth.static.bytes(), unhex(t, record)) {
			t.Errorf("%s: static data %X", record, tx.auth.static.bytes())
		}
	}
}

func TestATagListThatNamesMoreOrABrokenRecordFails(t *testing.T) {
	tx := New(testConfig(t, "A0000000031010"), testOrder())
	atApplication(t, tx, "2000", "58010101")
	if !tx.completeStatic() || len(tx.auth.static.bytes()) != 0 {
		t.Fatal("no list: nothing is added")
	}
	for list, ok := range map[string]bool{"82": true, "8282": false, "95": false} {
		tx.auth.static.n = 0
		tx.card.Set(tlv.Tag9F4ASDATagList, unhex(t, list))
		if tx.completeStatic() != ok || ok && !bytes.Equal(tx.auth.static.bytes(), []byte{0x20, 0x00}) {
			t.Errorf("%s: %X", list, tx.auth.static.bytes())
		}
	}
	tx.card.Set(tlv.Tag9F4ASDATagList, []byte{0x82})
	if tx.auth.broken = true; tx.completeStatic() {
		t.Error("a broken record passed")
	}
}

func TestATCHashIsGivenWhereTheCardAsks(t *testing.T) {
	for own, bit := range map[string]byte{"9F02069C01": 0x00, "": 0x80} {
		tx := New(testConfig(t, "A0000000031010"), testOrder())
		atApplication(t, tx, "0000", "08010100")
		tx.app.DefaultTDOL = Hex{0x9C, 0x01}
		hashed := []byte{0}
		if own != "" {
			tx.card.Set(tagTDOL, unhex(t, own))
			hashed = unhex(t, "00000001234500")
		}
		tx.hashTransaction(tlv.DOL{{Tag: tlv.Tag98TCHashValue, Length: 20}})
		want := sha1.Sum(hashed) //nolint:gosec // as the standard has it
		if got := tx.terminal.Value(tlv.Tag98TCHashValue); !bytes.Equal(got, want[:]) {
			t.Errorf("%q: %X", own, got)
		}
		if got := tx.terminal.Value(tlv.Tag95TerminalVerificationResults)[4]; got != bit {
			t.Errorf("%q: TVR byte 5 is %02X", own, got)
		}
	}
}

func TestTheCardsLanguageIsFound(t *testing.T) {
	b := newBench(t)
	b.profile.Languages = "deen"
	tx, _ := b.run(testConfig(t, "A0000000031010"))
	if got := tx.Language("fr", "en", "de"); got != "de" {
		t.Errorf("%q", got)
	}
	if got := tx.Language("fr"); got != "" {
		t.Errorf("%q", got)
	}
	if got := tx.Language("en", "fr"); got != "en" {
		t.Errorf("%q", got)
	}
}

func TestKeysOfAConfigurationAreVerified(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*Config)
		ok     bool
	}{
		"as it should be":        {func(*Config) {}, true},
		"check value":            {func(c *Config) { c.ODA.Keys[0].Check[0] ^= 1 }, false},
		"modulus":                {func(c *Config) { c.ODA.Keys[0].Modulus[5] ^= 1 }, false},
		"too short for the rule": {func(c *Config) { c.ODA.MinBits = 1984 }, false},
		"no rule":                {func(c *Config) { c.ODA.MinBits = 0 }, false},
		"twice":                  {func(c *Config) { c.ODA.Keys = append(c.ODA.Keys, c.ODA.Keys[0]) }, false},
		"index of two bytes":     {func(c *Config) { c.ODA.Keys[0].Index = Hex{1, 2} }, false},
		"short serial":           {func(c *Config) { c.ODA.Revoked = []Revoked{{RID: make(Hex, 5), Index: Hex{1}, Serial: Hex{1}}} }, false},
		"offline at type 21":     {func(c *Config) { c.Applications[0].OfflineApproval = true }, false},
		"offline at type 22":     {func(c *Config) { c.TerminalType, c.Applications[0].OfflineApproval = Hex{0x22}, true }, true},
		"online at type 23":      {func(c *Config) { c.TerminalType = Hex{0x23} }, false},
		"target over maximum":    {func(c *Config) { c.Applications[0].TargetPercent = 1 }, false},
		"hundred percent":        {func(c *Config) { c.Applications[0].MaxTargetPercent = 100 }, false},
		"threshold over limit":   {func(c *Config) { c.Applications[0].Threshold = 1 }, false},
		"script limit":           {func(c *Config) { c.ScriptLimit = maxScriptBytes + 1 }, false},
	} {
		s, _ := testScheme(t)
		cfg := authConfig(t, s)
		c.change(&cfg)
		raw, err := json.Marshal(cfg)
		if err != nil {
			t.Fatal(err)
		}
		if _, err = ParseConfig(raw); (err == nil) != c.ok {
			t.Errorf("%s: %v", name, err)
		}
		if err = cfg.Validate(); (err == nil) != c.ok {
			t.Errorf("%s, not parsed: %v", name, err)
		}
	}
}

func TestAListThatTakesNoWholeUnpredictableNumberFailsDDA(t *testing.T) {
	for list, sent := range map[string]bool{"9F3704": true, "9A039F3704": true, "9F3703": false, "9F3700": false, "9A03": false, "9F37": false, "9F37049F10FF": false} {
		tx := New(testConfig(t, "A0000000031010"), testOrder())
		atApplication(t, tx, "2000", "08010100")
		put(t, &tx.card, map[string]string{"9F49": list, "5F24": "311231", "8C": "9F0206", "5A": "4761739001010010"})
		tx.auth.method = methodDDA
		a := tx.internalAuthenticate()
		failed := tx.terminal.Value(tlv.Tag95TerminalVerificationResults)[0]&0x08 != 0
		if failed == sent || (a.Command[1] == 0x88) != sent {
			t.Errorf("%s: failed %v, command %X", list, failed, a.Command)
		}
	}
}

func TestTheReasonOfAnAACIsTold(t *testing.T) {
	b := newBench(t)
	b.profile.Declines = true
	b.alter = swap(t, "9F270100", "9F270109")
	tx, a := b.run(testConfig(t, "A0000000031010"))
	if a.Outcome != OutcomeDeclined || a.Reason != ReasonServiceNotAllowed || !tx.AdviceRequired() {
		t.Errorf("%v (%s), advice %v", a.Outcome, a.Reason, tx.AdviceRequired())
	}
}

func TestTheLongestDataForTheHostFitTheirRoom(t *testing.T) {
	tx := New(testConfig(t, "A0000000031010"), testOrder())
	atApplication(t, tx, "2000", "08010100")
	for tag, n := range map[tlv.Tag]int{0x9F26: 8, 0x9F27: 1, 0x9F10: 32, 0x9F36: 2, 0x84: 16, 0x50: 16, 0x9F12: 16} {
		tx.card.Set(tag, make([]byte, n))
	}
	tx.terminal.Set(tlv.Tag9F06ApplicationIdentifierTerminal, make([]byte, 16))
	tx.terminal.Set(tlv.Tag9F5BIssuerScriptResults, make([]byte, maxScripts*scriptResultSize))
	if n := len(tx.HostTLV(nil)); n > 255 || n < 250 {
		t.Errorf("%d bytes", n)
	}
}
