package virtualcard

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
)

func transcripts(t testing.TB) []string {
	dir, found := shared(t)
	if !found {
		return nil
	}
	files, err := filepath.Glob(filepath.Join(dir, "apdu_transcripts", "*", "*.apdu"))
	if err != nil || len(files) < 22 {
		t.Fatalf("%d transcripts, %v", len(files), err)
	}
	return files
}

func TestEveryRecordedExchangeIsPlayedAsRecorded(t *testing.T) {
	for _, f := range transcripts(t) {
		r, err := ReadReplay(f)
		if err != nil {
			t.Errorf("%s: %v", filepath.Base(f), err)
			continue
		}
		for range 2 {
			r.Reset()
			for i, e := range r.exchanges {
				if got, _ := r.Do(e.command); !bytes.Equal(got, e.answer) {
					t.Errorf("%s: exchange %d is answered %X", filepath.Base(f), i, got)
				}
			}
		}
	}
}

func TestAReplayAnswersOtherDataAndRefusesOtherCommands(t *testing.T) {
	r, err := ParseReplay([]byte("# a card\n> 80A8000002830000\n< 7701009000\n> 80AE80000101\n< 01\n> 80AE40000102\n< 02\n> 00B2010C00\n< 6A83\n"))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ command, want string }{
		{"80A80000048302112200", "7701009000"}, {"80AE900003AABBCC", "01"}, {"80AE500003AABBCC", "02"},
		{"80AE40000102", "02"}, {"00B2010C", "6A83"}, {"00B2020C00", "6A83"}, {"00A4040007A000000003101000", "6A82"},
		{"0084000000", "6D00"}, {"00", "6700"},
	} {
		if got := r.Process(unhex(t, c.command)); !bytes.Equal(got, unhex(t, c.want)) {
			t.Errorf("%s is answered %X, want %s", c.command, got, c.want)
		}
	}
}

func TestAProfileMayBeATranscript(t *testing.T) {
	text := "> 00A40400\n< 6A82\n"
	card, err := Play(Profile{Transcript: text}, Contact, nil)
	if err != nil {
		t.Fatal(err)
	}
	if out, err := NewConn(card).Exchange(t.Context(), []byte{0, 0xA4, 4, 0}); err != nil || !bytes.Equal(out, []byte{0x6A, 0x82}) {
		t.Errorf("%X %v", out, err)
	}
	if _, err := Play(Profile{Transcript: "x"}, Contact, nil); err == nil {
		t.Error("nonsense was taken")
	}
	if _, err := Play(Profile{}, Contact, nil); err == nil {
		t.Error("an empty profile was taken")
	}
}

func TestTranscriptsThatAreNoneAreRefused(t *testing.T) {
	for _, bad := range []string{"", "# nothing\n", "> 00A40400\n", "< 9000\n", "> 00\n< 9000\n", "> 00A404000\n< 9000\n", "> 00A40400\n> 00A40400\n", "x\n"} {
		if _, err := ParseReplay([]byte(bad)); err == nil {
			t.Errorf("%q was taken", bad)
		}
	}
}

func FuzzReplay(f *testing.F) {
	for _, name := range transcripts(f) {
		b, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b, []byte{0x80, 0xAE, 0x80, 0x00})
	}
	f.Fuzz(func(t *testing.T, text, command []byte) {
		r, err := ParseReplay(text)
		if err != nil {
			return
		}
		if out := r.Process(command); len(out) == 0 {
			t.Error("no answer")
		}
	})
}
