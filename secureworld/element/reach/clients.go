package reach

import (
	"sync"

	"github.com/strongroom-pos/strongroom/secureworld/element/pool"
)

// Clients are one client for each group, for who wants to know which one answers.
type Clients struct {
	way    *Way
	config pool.Config

	mu   sync.Mutex
	list map[pool.Carrier]*pool.Client // guarded by mu
}

// NewClients makes them as config says, but for its groups.
func NewClients(w *Way, config pool.Config) *Clients {
	return &Clients{way: w, config: config, list: map[pool.Carrier]*pool.Client{}}
}

// Client is a client of one group alone.
type Client struct {
	Group
	*pool.Client
}

// Groups lists those of now. The clients of groups that are gone are closed.
func (c *Clients) Groups() ([]Client, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	var out []Client
	present := map[pool.Carrier]bool{}
	for _, g := range c.way.Groups() {
		client, err := c.client(g.Carrier)
		if err != nil {
			return nil, err
		}
		present[g.Carrier] = true
		out = append(out, Client{g, client})
	}
	for carrier, client := range c.list {
		if !present[carrier] {
			client.Close()
			delete(c.list, carrier)
		}
	}
	return out, nil
}

// client makes one at need. Under mu.
func (c *Clients) client(of pool.Carrier) (*pool.Client, error) {
	if known := c.list[of]; known != nil {
		return known, nil
	}
	config := c.config
	config.Groups = func() []pool.Carrier { return []pool.Carrier{of} }
	client, err := pool.NewClient(config)
	if err == nil {
		c.list[of] = client
	}
	return client, err
}

// Close closes all.
func (c *Clients) Close() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for carrier, client := range c.list {
		client.Close()
		delete(c.list, carrier)
	}
}
