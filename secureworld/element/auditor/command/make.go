package main

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"

	"github.com/strongroom-pos/strongroom/secureworld/element"
	"github.com/strongroom-pos/strongroom/secureworld/element/auditor"
	"github.com/strongroom-pos/strongroom/secureworld/frame"
)

// makeCanaries asks a lone element what needs no secret to be asked.
func makeCanaries(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	flags := flag.NewFlagSet("element-auditor make", flag.ContinueOnError)
	flags.SetOutput(stderr)
	socket := flags.String("element", "", "Unix `socket` of a lone element, of another make than the groups'")
	base := flags.String("ksn", "", "`key` serial number under a terminal's base derivation key, 16 hex digits: one that no terminal has")
	count := flags.Int("count", 64, "`number` of rounds of questions")
	if err := flags.Parse(args); err != nil {
		return err
	}
	device, err := hex.DecodeString(*base)
	if err != nil || len(device) != 8 || *socket == "" || *count < 1 || flags.NArg() != 0 {
		return errors.New("make: -element and -ksn are needed")
	}
	client := element.NewClient(*socket, 1)
	defer client.Close()
	var list []auditor.Canary
	for i := range *count {
		for _, q := range questions(device) {
			c, err := known(ctx, client, q)
			if err != nil {
				return err
			}
			c.Name = fmt.Sprintf("%s %d", q.name, i)
			list = append(list, c)
		}
	}
	b, err := json.MarshalIndent(list, "", " ")
	if err != nil {
		return err
	}
	_, err = stdout.Write(append(b, '\n'))
	return err
}

type question struct {
	name    string
	kind    element.Kind
	request any
}

// questions are of drawn data: a MAC to make, one that is wrong, and the reference of a
// published test PAN.
func questions(device []byte) []question {
	var ksn element.KSN
	copy(ksn[:], device)
	_, _ = rand.Read(ksn[len(ksn)-2:]) // never fails (crypto/rand); no counter has more than 16 bits set
	ksn[len(ksn)-1] |= 1               // and none is zero
	data := make([]byte, 64)
	_, _ = rand.Read(data) // as above
	wrong := element.MACVerify{KSN: ksn, Data: data}
	copy(wrong.MAC[:], data)
	return []question{
		{"mac", element.KindMACGenerate, element.MACGenerate{KSN: ksn, Data: data}},
		{"wrong mac", element.KindMACVerify, wrong},
		{"reference", element.KindPANReference, element.PANReference{PAN: testPAN(data)}},
	}
}

// testPAN is one of the range 476173, which no issuer gives out, with its check digit.
func testPAN(random []byte) []byte {
	pan := []byte("476173")
	for _, b := range random[:9] {
		pan = append(pan, '0'+b%10)
	}
	sum := 0
	for i, d := range pan { // 15 digits: the first is doubled
		n := int(d - '0')
		if i%2 == 0 {
			if n *= 2; n > 9 {
				n -= 9
			}
		}
		sum += n
	}
	return append(pan, '0'+byte((10-sum%10)%10))
}

func known(ctx context.Context, by auditor.Asker, q question) (c auditor.Canary, err error) {
	body, err := frame.Append(nil, q.request)
	if err != nil {
		return c, err
	}
	said, err := auditor.Ask(ctx, by, q.kind, body)
	if err != nil {
		return c, err
	}
	return auditor.Canary{Kind: q.kind, Request: hex.EncodeToString(body), Want: hex.EncodeToString(said)}, nil
}
