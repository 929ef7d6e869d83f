package service

import (
	_ "embed"

	"github.com/strongroom-pos/strongroom/reader/emv"
	"github.com/strongroom-pos/strongroom/reader/internal/reading"
)

//go:embed testdata/contact.json
var contact []byte

// rules are an attended, online-only terminal without data authentication.
func (l *lane) rules() reading.Rules {
	l.t.Helper()
	c, err := emv.ParseConfig(contact)
	if err != nil {
		l.t.Fatal(err)
	}
	return reading.Rules{Contact: c, ChipFailures: 3}
}
