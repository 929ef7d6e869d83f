package app_test

import (
	"slices"
	"testing"

	"github.com/strongroom-pos/strongroom/acquirer/hostspec"
	"github.com/strongroom-pos/strongroom/secureworld/payment"
	"github.com/strongroom-pos/strongroom/secureworld/sred"
	"github.com/strongroom-pos/strongroom/secureworld/sred/contents"
	"github.com/strongroom-pos/strongroom/secureworld/ta/payment/call"
	"github.com/strongroom-pos/strongroom/secureworld/tlv"
)

// order is what a reader tells of any card: the order as it was given.
func order() tlv.List {
	return tlv.List{
		{Tag: 0x5F2A, Value: []byte{0x09, 0x78}},
		{Tag: 0x9A, Value: []byte{0x26, 0x11, 0x21}},
		{Tag: 0x9C, Value: []byte{0x00}},
		{Tag: 0x9F02, Value: []byte{0, 0, 0, 0, 0x12, 0x34}},
		{Tag: 0x9F37, Value: []byte{0xDE, 0xAD, 0xBE, 0xEF}},
	}
}

// stripe is a card that was swiped.
func stripe(t testing.TB, service string) *card {
	t.Helper()
	c := visa(t)
	c.account = tlv.List{
		{Tag: 0x56, Value: slices.Concat([]byte("B"), c.digits, []byte("^CANARY/CARD^2812"+service+"0000000001"))},
		{Tag: 0x57, Value: bcd(slices.Concat(c.digits, []byte("D2812"+service+"123456789F")))},
	}
	c.chip = order()
	return c.cvm(contents.CVMSignature)
}

// cvm is what a kernel's outcome, or the reader's rules for stripes, asked for.
func (c *card) cvm(method byte) *card { return c.with(contents.TagOutcomeCVM, []byte{method}) }

func (c *card) entered(mode byte) *card { return c.with(tlv.Tag9F39POSEntryMode, []byte{mode}) }

// swiped is a card without a chip.
func swiped(t testing.TB) *card { return stripe(t, "101").entered(0x90) }

// fallenBack is a card whose chip failed.
func fallenBack(t testing.TB) *card { return stripe(t, "201").entered(0x80) }

// tapped is a contactless chip.
func tapped(t testing.TB) *card { return visa(t).cvm(contents.CVMNone).entered(0x07).without(0x9F34) }

// tappedStripe is a contactless card in magnetic stripe mode.
func tappedStripe(t testing.TB) *card {
	c := stripe(t, "201")
	c.account = replaced(c.account, 0x57, nil)
	c.holding(0x9F6B, bcd(slices.Concat(c.digits, []byte("D28122011234567890"))))
	return c.cvm(contents.CVMNone).entered(0x91).with(0x84, []byte{0xA0, 0, 0, 0, 0x04, 0x10, 0x10}).
		with(0x9F36, []byte{0, 0x19}).with(0x9F61, []byte{0x0A, 0xBC}).with(0x9F6A, []byte{0, 0, 0x12, 0x34})
}

// attempt sends envelope 1 where there is a PIN, and envelope 2.
func (l *lane) attempt(c *card, hasPIN bool) (call.Authorised, call.Code) {
	l.t.Helper()
	if hasPIN {
		if _, code := l.prepare(c); code != 0 {
			l.t.Fatalf("prepare: %v", code)
		}
	}
	return l.authorise(c, hasPIN)
}

func TestEveryEntryModeBuildsItsMessage(t *testing.T) {
	chip := visa(t)
	for name, c := range map[string]struct {
		card *card
		pin  bool
		mode hostspec.EntryMode
		view payment.EntryMode
		cvm  payment.CVM
	}{
		"chip with PIN":           {chip, true, hostspec.EntryChip, payment.EntryModeChip, payment.CVMOnlinePIN},
		"chip without":            {noCVM(t), false, hostspec.EntryChip, payment.EntryModeChip, payment.CVMNoCVM},
		"contactless":             {tapped(t), false, hostspec.EntryContactlessChip, payment.EntryModeContactless, payment.CVMNoCVM},
		"contactless with PIN":    {tapped(t).cvm(contents.CVMOnlinePIN), true, hostspec.EntryContactlessChip, payment.EntryModeContactless, payment.CVMOnlinePIN},
		"contactless, phone":      {tapped(t).cvm(contents.CVMDevice), false, hostspec.EntryContactlessChip, payment.EntryModeContactless, payment.CVMDevice},
		"contactless, signed":     {tapped(t).cvm(contents.CVMSignature), false, hostspec.EntryContactlessChip, payment.EntryModeContactless, payment.CVMSignature},
		"swiped":                  {swiped(t), false, hostspec.EntryStripe, payment.EntryModeSwipe, payment.CVMSignature},
		"swiped with PIN":         {swiped(t).cvm(contents.CVMOnlinePIN), true, hostspec.EntryStripe, payment.EntryModeSwipe, payment.CVMOnlinePIN},
		"swiped, track 2 alone":   {swiped(t).holding(0x56, nil), false, hostspec.EntryStripe, payment.EntryModeSwipe, payment.CVMSignature},
		"fallback":                {fallenBack(t), false, hostspec.EntryFallback, payment.EntryModeFallback, payment.CVMSignature},
		"fallback with PIN":       {fallenBack(t).cvm(contents.CVMOnlinePIN), true, hostspec.EntryFallback, payment.EntryModeFallback, payment.CVMOnlinePIN},
		"contactless stripe":      {tappedStripe(t), false, hostspec.EntryContactlessStripe, payment.EntryModeContactlessStripe, payment.CVMNoCVM},
		"the same with PIN":       {tappedStripe(t).cvm(contents.CVMOnlinePIN), true, hostspec.EntryContactlessStripe, payment.EntryModeContactlessStripe, payment.CVMOnlinePIN},
		"the same, without track": {tappedStripe(t).holding(0x56, nil), false, hostspec.EntryContactlessStripe, payment.EntryModeContactlessStripe, payment.CVMNoCVM},
	} {
		l := newLane(t)
		got, code := l.attempt(c.card, c.pin)
		if code != 0 || got.Entry != c.view || got.CVM != c.cvm {
			t.Errorf("%s: %v, entry %v, CVM %v", name, code, got.Entry, got.CVM)
			continue
		}
		l.fits(name, got, c.mode, c.pin)
		if !slices.Equal(l.account(l.receive(got.Request)), tlv.AppendList(nil, c.card.account)) {
			t.Errorf("%s: the acquirer gets other account data", name)
		}
	}
	l := newLane(t)
	got, code := l.keyed(keyedCard(t))
	if code != 0 {
		t.Fatal(code)
	}
	l.fits("keyed", got, hostspec.EntryKeyed, false)
}

// fits compares request and reversal with the host's rule for an entry mode.
func (l *lane) fits(name string, got call.Authorised, mode hostspec.EntryMode, pin bool) {
	l.t.Helper()
	rule, r := mode.Content(), l.receive(got.Request)
	if r.String(22) != mode.Field(hostspec.PINCapable) || r.String(25) != rule.Condition {
		l.t.Errorf("%s: DE 22 %s, DE 25 %s", name, r.String(22), r.String(25))
	}
	if r.Has(52) != pin || pin && !rule.PIN || r.Has(55) != (rule.ICC != nil) {
		l.t.Errorf("%s: DE 52 %v, DE 55 %v", name, r.Has(52), r.Has(55))
	}
	icc, _ := r.Get(55)
	l.holds(name+": DE 55", icc, rule.ICC, nil)
	l.holds(name+": account", l.account(r), rule.Needs, slices.Concat(rule.Needs, rule.May))
	for _, reversal := range [][]byte{got.Reversal, got.Repeat} {
		if v := l.receive(reversal); v.String(22) != r.String(22) || v.String(25) != r.String(25) || v.Has(52) || v.Has(55) {
			l.t.Errorf("%s: the reversal names another entry mode, or holds a card's data", name)
		}
	}
}

// holds checks tags: all that are needed and, where may is given, no others.
func (l *lane) holds(name string, b []byte, needs, may []uint32) {
	l.t.Helper()
	list, err := tlv.Parse(b)
	if err != nil {
		l.t.Fatal(err)
	}
	for _, tag := range needs {
		if _, there := list.Top(tlv.Tag(tag)); !there {
			l.t.Errorf("%s: %X is missing", name, tag)
		}
	}
	for _, e := range list {
		if may != nil && !slices.Contains(may, uint32(e.Tag)) {
			l.t.Errorf("%s: %X is not wanted", name, e.Tag)
		}
	}
}

func TestContactlessStripeDataGoWithTheirChecksumAlone(t *testing.T) {
	l := newLane(t)
	got, code := l.authorise(tappedStripe(t), false)
	if code != 0 {
		t.Fatal(code)
	}
	want := "\x9F\x36\x02\x00\x19\x9F\x61\x02\x0A\xBC\x9F\x6A\x04\x00\x00\x12\x34"
	if icc := l.receive(got.Request).String(55); icc != want {
		t.Errorf("DE 55 is %X", icc)
	}
}

func TestEntryModesThatTheCardDoesNotBearOutAreRefused(t *testing.T) {
	const data, wrongOrder = call.CodeCardData, call.CodeOrder
	for name, c := range map[string]struct {
		card *card
		code call.Code
	}{
		"chip card swiped":                   {fallenBack(t).entered(0x90), data},
		"fallback of a card without chip":    {swiped(t).entered(0x80), data},
		"contactless track swiped":           {tappedStripe(t).entered(0x90), data},
		"contactless track as fallback":      {tappedStripe(t).entered(0x80), data},
		"both tracks 2 swiped":               {both(t).entered(0x90), data},
		"swiped without track 2":             {withoutTracks(swiped(t)), data},
		"fallback without track 2":           {withoutTracks(fallenBack(t)), data},
		"swiped with a sequence number":      {swiped(t).holding(0x5F34, []byte{1}), data},
		"fallback with a sequence number":    {fallenBack(t).with(0x5F34, []byte{1}), data},
		"chip with track 1":                  {withTrack1(noCVM(t)), data},
		"contactless chip with track 1":      {withTrack1(tapped(t)), data},
		"chip with a contactless track":      {withContactless(noCVM(t)), data},
		"contactless chip with the same":     {withContactless(tapped(t)), data},
		"contactless stripe without track":   {swiped(t).entered(0x91), data},
		"contactless stripe with two":        {both(t), data},
		"contactless stripe, no CVC3":        {tappedStripe(t).without(0x9F61), data},
		"contactless stripe, no counter":     {tappedStripe(t).without(0x9F36), data},
		"contactless stripe, no number":      {tappedStripe(t).without(0x9F6A), data},
		"contactless stripe, long CVC3":      {tappedStripe(t).with(0x9F61, []byte{1, 2, 3}), data},
		"stripe as a contactless chip":       {swiped(t).entered(0x07), data},
		"stripe as a chip":                   {swiped(t).entered(0x05), data},
		"no entry mode":                      {noCVM(t).without(0x9F39), data},
		"empty entry mode":                   {noCVM(t).with(0x9F39, []byte{}), data},
		"long entry mode":                    {noCVM(t).with(0x9F39, []byte{0x05, 0x10}), data},
		"unknown entry mode":                 {noCVM(t).entered(0x06), data},
		"stripe by its short name":           {swiped(t).entered(0x02), data},
		"a reader that keys a card in":       {noCVM(t).entered(0x01), data},
		"contactless without outcome":        {tapped(t).without(contents.TagOutcomeCVM), data},
		"contactless with 9F34 in place":     {tapped(t).without(contents.TagOutcomeCVM).with(0x9F34, []byte{0x1F, 0x03, 0x02}), data},
		"contactless, unknown outcome":       {tapped(t).cvm(4), data},
		"contactless, long outcome":          {tapped(t).with(contents.TagOutcomeCVM, []byte{0, 0}), data},
		"swiped without outcome":             {swiped(t).without(contents.TagOutcomeCVM), data},
		"contactless, no cryptogram":         {tapped(t).without(0x9F26), data},
		"contactless, TC":                    {tapped(t).with(0x9F27, []byte{0x40}), data},
		"contactless, no AID":                {tapped(t).without(0x84).without(0x9F06), data},
		"nobody's stripe":                    {unbranded(t), data},
		"swiped, amount":                     {swiped(t).with(0x9F02, []byte{0, 0, 0, 0, 0x12, 0x35}), wrongOrder},
		"swiped, number":                     {swiped(t).with(0x9F37, []byte{0, 0, 0, 0}), wrongOrder},
		"swiped, no number":                  {swiped(t).without(0x9F37), wrongOrder},
		"fallback, currency":                 {fallenBack(t).with(0x5F2A, []byte{0x08, 0x40}), wrongOrder},
		"fallback, date":                     {fallenBack(t).with(0x9A, []byte{0x26, 0x11, 0x22}), wrongOrder},
		"contactless stripe, amount":         {tappedStripe(t).without(0x9F02), wrongOrder},
		"contactless stripe, order's number": {tappedStripe(t).without(0x9F37), wrongOrder},
		"contactless, type":                  {tapped(t).with(0x9C, []byte{0x20}), wrongOrder},
		"contactless, cashback":              {tapped(t).with(0x9F03, []byte{0, 0, 0, 0, 0, 1}), wrongOrder},
	} {
		l := newLane(t)
		if _, code := l.authorise(c.card, false); code != c.code {
			t.Errorf("%s: %v, want %v", name, code, c.code)
		}
		if slices.Contains(l.asked, call.HostMACRequest) {
			t.Errorf("%s: a request was authenticated", name)
		}
	}
}

func both(t testing.TB) *card {
	c := tappedStripe(t)
	return c.holding(0x57, bcd(slices.Concat(c.digits, []byte("D2812101123456789F"))))
}

func withoutTracks(c *card) *card {
	c.account = tlv.List{{Tag: 0x5A, Value: bcd(c.digits)}, {Tag: 0x5F24, Value: []byte{0x28, 0x12, 0x31}}}
	return c
}

func withTrack1(c *card) *card {
	return c.holding(0x56, slices.Concat([]byte("B"), c.digits, []byte("^CANARY/CARD^28122010000000001")))
}

func withContactless(c *card) *card {
	return c.holding(0x9F6B, bcd(slices.Concat(c.digits, []byte("D28122011234567890"))))
}

// unbranded is a stripe of a number that no scheme has.
func unbranded(t testing.TB) *card {
	c := swiped(t)
	c.account = tlv.List{{Tag: 0x57, Value: bcd([]byte("0000000000000000D2812101123456789F"))}}
	return c
}

func TestAPINIsThereExactlyWhereTheCardsDataSaySo(t *testing.T) {
	for name, c := range map[string]struct {
		card *card
		pin  bool
	}{
		"chip says online, no PIN":     {visa(t), false},
		"chip says none, PIN":          {noCVM(t), true},
		"chip says signature, PIN":     {visa(t).with(0x9F34, []byte{0x1E, 0x03, 0x00}), true},
		"chip says failed, PIN":        {visa(t).with(0x9F34, []byte{0x42, 0x03, 0x01}), true},
		"chip names an outcome's PIN":  {noCVM(t).cvm(contents.CVMOnlinePIN), true},
		"contactless says online":      {tapped(t).cvm(contents.CVMOnlinePIN), false},
		"contactless says none":        {tapped(t), true},
		"contactless says device":      {tapped(t).cvm(contents.CVMDevice), true},
		"contactless names 9F34's PIN": {tapped(t).with(0x9F34, []byte{0x42, 0x03, 0x00}), true},
		"stripe says online":           {swiped(t).cvm(contents.CVMOnlinePIN), false},
		"stripe says signature":        {swiped(t), true},
		"fallback says online":         {fallenBack(t).cvm(contents.CVMOnlinePIN), false},
		"fallback says none":           {fallenBack(t).cvm(contents.CVMNone), true},
		"contactless stripe, online":   {tappedStripe(t).cvm(contents.CVMOnlinePIN), false},
		"contactless stripe, none":     {tappedStripe(t), true},
	} {
		if _, code := newLane(t).attempt(c.card, c.pin); code != call.CodeCardData {
			t.Errorf("%s: %v", name, code)
		}
	}
}

func TestAPINAtTheCardIsBelievedWhereOneWasEnciphered(t *testing.T) {
	for name, c := range map[string]struct {
		result  []byte
		ordered bool
		code    call.Code
		cvm     payment.CVM
	}{
		"enciphered":            {[]byte{0x44, 0x03, 0x02}, true, 0, payment.CVMOfflinePIN},
		"nobody ordered it":     {[]byte{0x44, 0x03, 0x02}, false, call.CodeCardData, 0},
		"in clear":              {[]byte{0x41, 0x03, 0x02}, false, call.CodeCardData, 0},
		"wrong":                 {[]byte{0x44, 0x03, 0x01}, true, 0, payment.CVMFailed},
		"wrong, never asked":    {[]byte{0x44, 0x03, 0x01}, false, 0, payment.CVMFailed},
		"wrong, then signature": {[]byte{0x1E, 0x03, 0x00}, true, 0, payment.CVMSignature},
	} {
		l := newLane(t)
		q := call.Authorise{Terms: l.terms, Envelope: l.envelope(visa(t).with(0x9F34, c.result), sred.NumberOnline),
			OfflinePIN: c.ordered, KSNRequest: l.request, KSNReversal: l.reversal, KSNRepeat: l.repeat}
		var got call.Authorised
		if code := l.call(call.OpAuthorise, q, &got); code != c.code || got.CVM != c.cvm {
			t.Errorf("%s: %v, %v", name, code, got.CVM)
		}
		if c.code == 0 && l.receive(got.Request).Has(52) {
			t.Errorf("%s: a PIN that stays at the card went to the host", name)
		}
	}
}
