package httpapi

import (
	"net/http"

	"github.com/go-chi/chi/v5"

	"github.com/strongroom-pos/strongroom/terminal/internal/pairing"
	"github.com/strongroom-pos/strongroom/terminal/sale"
)

func (a *api) listClients(w http.ResponseWriter, _ *http.Request) {
	v := clientList{Clients: []clientView{}}
	for _, c := range a.cfg.Pairing.Clients().List() {
		v.Clients = append(v.Clients, clientOfPairing(c))
	}
	answer(w, http.StatusOK, v)
}

// itsOwn names the client of the address, and whether it is the one that asks; no
// other but an administrator learns whether there is such a client.
func itsOwn(r *http.Request) (id string, own bool, err error) {
	id = chi.URLParam(r, "id")
	own = id == clientOf(r)
	if !own && !has(r, pairing.Admin) {
		return "", false, sale.Scope.Refuse()
	}
	return id, own, nil
}

func (a *api) showClient(w http.ResponseWriter, r *http.Request) {
	id, _, err := itsOwn(r)
	if err != nil {
		a.fail(w, r, err)
		return
	}
	c, err := a.cfg.Pairing.Clients().Get(id)
	if err != nil {
		a.failPairing(w, r, err)
		return
	}
	answer(w, http.StatusOK, clientOfPairing(c))
}

func (a *api) revokeClient(w http.ResponseWriter, r *http.Request) {
	id, _, err := itsOwn(r)
	if err != nil {
		a.fail(w, r, err)
		return
	}
	if err := a.cfg.Pairing.Clients().Revoke(id); err != nil {
		a.failPairing(w, r, err)
		return
	}
	a.cfg.Log.Info("pairing", "event", "revoked", "client", id)
	w.WriteHeader(http.StatusNoContent)
	a.flights.cut(id)
}

func (a *api) rotateClient(w http.ResponseWriter, r *http.Request) {
	id, own, err := itsOwn(r)
	if err != nil {
		a.fail(w, r, err)
		return
	}
	c, token, err := a.cfg.Pairing.Clients().Rotate(id, own)
	if err != nil {
		a.failPairing(w, r, err)
		return
	}
	a.cfg.Log.Info("pairing", "event", "rotated", "client", id, "itself", own)
	if !own {
		a.flights.cut(id)
	}
	answer(w, http.StatusOK, a.pairedToken(c, token))
}
