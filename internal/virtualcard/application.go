package virtualcard

import (
	"github.com/strongroom-pos/strongroom/secureworld/tlv"
)

// A file is one record; body is without template 70.
type file struct {
	sfi, number byte
	signed      bool // takes part in offline data authentication
	body        []byte
}

// An application is one of a card's, on the interface in use.
type application struct {
	profile          Profile
	kernel           byte // 0 on contact
	version          version
	master           []byte // card key for application cryptograms
	smi, smc, cvc3   []byte // nil where the card has none
	pdol, cdol1      tlv.DOL
	aip, afl         []byte
	files            map[[2]byte][]byte
	certificates     *Certificates
	memory           *applicationMemory
	approves, denies bool
}

func newApplication(p Profile, face Interface, m *applicationMemory) (*application, error) {
	a := &application{
		profile: p, memory: m, master: p.cardKey(p.CardMasterKey, p.IssuerMasterKey),
		smi: p.cardKey(p.CardSMIKey, p.IssuerSMIKey), smc: p.cardKey(p.CardSMCKey, p.IssuerSMCKey),
		cvc3: p.cardKey(p.CardCVC3Key, p.IssuerCVC3Key),
	}
	if a.cvc3 == nil {
		a.cvc3 = a.master
	}
	files, oda := p.contactFiles(), p.ODA
	a.version, a.aip, a.certificates = versions()[p.CVN], p.aip(), p.Certificates
	a.approves, a.denies = p.ApprovesOffline, p.Declines
	if face == Contactless {
		files, oda, a.kernel = p.tapFiles(), p.Tap.ODA, p.kernel()
		a.version, a.aip, a.certificates = versions()[p.tapCVN()], p.tapAIP(), p.Tap.Certificates
		a.approves, a.denies = p.Tap.Approves, p.Tap.Declines
	}
	a.pdol, _ = tlv.ParseDOL(p.pdolOf(face))
	a.cdol1, _ = tlv.ParseDOL(p.cdol1Of(face))
	return a, a.load(files, oda)
}

// load takes the records, with those of the certificates.
func (a *application) load(files []file, oda string) error {
	if oda == "" {
		a.certificates = nil
	} else if a.certificates == nil || oda != "sda" && !a.certificates.Key.sound() {
		return ErrProfile
	} else {
		files = append(files, a.certificates.files()...)
	}
	a.afl, a.files = locate(files), map[[2]byte][]byte{}
	for _, f := range files {
		r := record(f.body)
		if len(r) > maxRecord {
			return ErrProfile
		}
		a.files[[2]byte{f.sfi, f.number}] = r
	}
	for at, r := range a.memory.records {
		a.files[at] = r
	}
	if a.profile.Garbage == GarbageAFL {
		a.afl = []byte{30 << 3, 9, 9, 0}
	}
	return nil
}

// locate makes the AFL of files that stand in order.
func locate(files []file) (afl []byte) {
	for _, f := range files {
		n := len(afl)
		if n == 0 || afl[n-4] != f.sfi<<3 || afl[n-2]+1 != f.number {
			afl = append(afl, f.sfi<<3, f.number, f.number, 0)
			n += 4
		}
		afl[n-2] = f.number
		if f.signed {
			afl[n-1]++
		}
	}
	return afl
}

func record(b []byte) []byte { return tlv.Append(nil, tlv.Tag70RecordTemplate, b) }

// dynamic reports whether the application signs transactions.
func (a *application) dynamic() bool { return a.certificates != nil && len(a.certificates.Card) > 0 }

// combined reports whether it signs its cryptograms.
func (a *application) combined() bool { return a.dynamic() && a.aip[0]&0x01 != 0 }

// express reports a kernel that has its cryptogram from GET PROCESSING OPTIONS.
func (a *application) express() bool { return a.kernel == 3 || a.kernel == 6 }
