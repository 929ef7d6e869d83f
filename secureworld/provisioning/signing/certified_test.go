package signing

import (
	"crypto"
	"crypto/ed25519"
	"testing"
	"time"

	"github.com/strongroom-pos/strongroom/secureworld/internal/certificate"
	"github.com/strongroom-pos/strongroom/secureworld/internal/image"
)

func drawn(t *testing.T) ed25519.PrivateKey {
	t.Helper()
	_, k, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// certified asks a manufacturer for a certificate, as another company does.
func certified(t *testing.T, root crypto.Signer, role Role, names ...string) Certified {
	t.Helper()
	k := drawn(t)
	raw, err := MakeRequest(k, role, "somebody", names...)
	if err != nil {
		t.Fatal(err)
	}
	r, err := OpenRequest(raw)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := Certify(root, r, release().Valid)
	if err != nil {
		t.Fatal(err)
	}
	out, err := Accept(cert, root.Public().(ed25519.PublicKey), k, role, now)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestRolesWithKeysOfTheirOwnMakeWhatBootAccepts(t *testing.T) {
	root, r := drawn(t), release()
	public := root.Public().(ed25519.PublicKey)
	app := Payment(1, []byte("application"))
	statement, err := certified(t, root, RoleDeveloper, "payment").Statement(app)
	if err != nil {
		t.Fatal(err)
	}
	countersignature, err := certified(t, root, RoleCountersignature).Countersign(statement)
	if err != nil {
		t.Fatal(err)
	}
	shipped := Shipped{app.Module, statement, countersignature}
	manifest, err := certified(t, root, RoleImage).Manifest(r, public, []Shipped{shipped}, now)
	if err != nil {
		t.Fatal(err)
	}
	files := lay(t, r, Signed{Manifest: manifest, Statements: map[string][]byte{"payment": statement}})
	if _, err := image.Verify(public, files, 3, now); err == nil {
		t.Error("account data without the countersignature")
	}
	if _, err := image.OpenApplication(public, app.Module, statement, countersignature, now); err != nil {
		t.Error(err)
	}
	if _, err := certified(t, root, RoleLicence).Licence("1", r); err != nil {
		t.Error(err)
	}
	if _, err := certified(t, root, RoleConfiguration).Parameters(document()); err != nil {
		t.Error(err)
	}
}

func TestAManifestNamesNoApplicationThatItsManufacturerDidNotCertify(t *testing.T) {
	root, other := drawn(t), drawn(t)
	app := Application{Name: "loyalty", Version: 1, Module: []byte("m")}
	k := certified(t, root, RoleImage)
	for name, dev := range map[string]Certified{
		"another manufacturer's developer": certified(t, other, RoleDeveloper, "loyalty"),
		"a developer of another name":      certified(t, root, RoleDeveloper, "payment"),
	} {
		statement, err := dev.Statement(app)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := k.Manifest(release(), root.Public().(ed25519.PublicKey), []Shipped{{app.Module, statement, nil}}, now); err == nil {
			t.Errorf("%s: signed", name)
		}
	}
	statement, err := certified(t, root, RoleDeveloper, "loyalty").Statement(app)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := k.Manifest(release(), root.Public().(ed25519.PublicKey), []Shipped{{app.Module, statement, nil}}, now); err != nil {
		t.Errorf("the right one: %v", err)
	}
}

func TestACertificateIsAcceptedForItsOwnKeyAndRoleAlone(t *testing.T) {
	root := drawn(t)
	public := root.Public().(ed25519.PublicKey)
	k := certified(t, root, RoleLicence)
	if _, err := Accept(k.Certificate, public, drawn(t), RoleLicence, now); err == nil {
		t.Error("accepted for another key")
	}
	if _, err := Accept(k.Certificate, public, k.Signer, RoleImage, now); err == nil {
		t.Error("accepted for another role")
	}
	if _, err := Accept(k.Certificate, public, k.Signer, RoleLicence, now.Add(24*time.Hour)); err == nil {
		t.Error("accepted after its end")
	}
	raw, err := certificate.SealRequest(Request{Role: RoleLicence, Name: "x", PublicKey: public}, k.Signer)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := OpenRequest(raw); err == nil {
		t.Error("a request for another's key")
	}
}
