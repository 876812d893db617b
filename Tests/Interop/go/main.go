// A foreign ttrpc client, built from Debian's packages alone: golang-go and golang-github-containerd-ttrpc-dev.
//
//	go run . -host 127.0.0.1 -port 7443 -cert c.pem -key c.key -ca ca.pem < calls
//
// Each line of the input is a call: SERVICE METHOD PAYLOAD-IN-HEX [TIMEOUT], with `-` for an empty payload. Each line
// of the output is its end: `ok ANSWER-IN-HEX`, or `error CODE MESSAGE` with the number of the gRPC code; with -details
// a line `detail TYPE-URL VALUE-IN-HEX` follows for each detail of the status. Lines are carried out one after the
// other; a line `parallel N SERVICE METHOD PAYLOAD` makes N calls at the same time and prints how many gave the payload
// back.
package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"flag"
	"fmt"
	"log"
	"net"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/containerd/ttrpc"
	"google.golang.org/grpc/status"
)

// raw is a message as its bytes, in the shape that gogo/protobuf accepts.
type raw struct{ bytes []byte }

func (m *raw) Reset()                   { m.bytes = nil }
func (m *raw) String() string           { return hex.EncodeToString(m.bytes) }
func (m *raw) ProtoMessage()            {}
func (m *raw) Marshal() ([]byte, error) { return m.bytes, nil }
func (m *raw) Unmarshal(b []byte) error { m.bytes = append([]byte(nil), b...); return nil }

type call struct {
	service, method string
	payload         []byte
	timeout         time.Duration
}

func parse(words []string) (call, error) {
	if len(words) < 3 || len(words) > 4 {
		return call{}, fmt.Errorf("expected SERVICE METHOD PAYLOAD [TIMEOUT], found %d words", len(words))
	}
	result := call{service: words[0], method: words[1]}
	var err error
	if words[2] != "-" {
		if result.payload, err = hex.DecodeString(words[2]); err != nil {
			return call{}, err
		}
	}
	if len(words) == 4 {
		result.timeout, err = time.ParseDuration(words[3])
	}
	return result, err
}

func (c call) send(client *ttrpc.Client) ([]byte, error) {
	ctx := context.Background()
	if c.timeout != 0 {
		// The time is told to the server and not kept here, so that what is printed is the server's own answer.
		ctx = remoteDeadline{Context: ctx, at: time.Now().Add(c.timeout)}
	}
	answer := &raw{}
	err := client.Call(ctx, c.service, c.method, &raw{bytes: c.payload}, answer)
	return answer.bytes, err
}

// remoteDeadline is a context with a deadline that never fires by itself.
type remoteDeadline struct {
	context.Context
	at time.Time
}

func (d remoteDeadline) Deadline() (time.Time, bool) { return d.at, true }

func (c call) sendMany(client *ttrpc.Client, count int) int {
	var wait sync.WaitGroup
	var lock sync.Mutex
	right := 0
	for i := 0; i < count; i++ {
		wait.Add(1)
		go func() {
			defer wait.Done()
			answer, err := c.send(client)
			if err == nil && bytes.Equal(answer, c.payload) {
				lock.Lock()
				right++
				lock.Unlock()
			}
		}()
	}
	wait.Wait()
	return right
}

// describe is what is printed of a call's error.
func describe(err error, details bool) string {
	s := status.Convert(err)
	text := fmt.Sprintf("error %d %s", uint32(s.Code()), s.Message())
	if details {
		for _, detail := range s.Proto().GetDetails() {
			text += fmt.Sprintf("\ndetail %s %s", detail.GetTypeUrl(), hex.EncodeToString(detail.GetValue()))
		}
	}
	return text
}

func run(client *ttrpc.Client, line string, details bool) (string, error) {
	words := strings.Fields(line)
	count := 0
	if len(words) > 2 && words[0] == "parallel" {
		var err error
		if count, err = strconv.Atoi(words[1]); err != nil {
			return "", err
		}
		words = words[2:]
	}
	c, err := parse(words)
	if err != nil {
		return "", err
	}
	if count > 0 {
		return fmt.Sprintf("ok %d", c.sendMany(client, count)), nil
	}
	answer, err := c.send(client)
	if err != nil {
		return describe(err, details), nil
	}
	return "ok " + hex.EncodeToString(answer), nil
}

func connect(host, port, cert, key, ca, alpn string) (net.Conn, error) {
	pair, err := tls.LoadX509KeyPair(cert, key)
	if err != nil {
		return nil, err
	}
	pem, err := os.ReadFile(ca)
	if err != nil {
		return nil, err
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("no certificate in %s", ca)
	}
	config := &tls.Config{Certificates: []tls.Certificate{pair}, RootCAs: roots, ServerName: host}
	if alpn != "" {
		config.NextProtos = strings.Split(alpn, ",")
	}
	return tls.Dial("tcp", net.JoinHostPort(host, port), config)
}

func main() {
	log.SetFlags(0)
	host := flag.String("host", "127.0.0.1", "address, which the server's certificate must carry")
	port := flag.String("port", "", "port")
	cert := flag.String("cert", "", "own certificate, PEM")
	key := flag.String("key", "", "its private key, PEM")
	ca := flag.String("ca", "", "trusted authorities, PEM")
	alpn := flag.String("alpn", "", "protocols to offer, separated by commas; none by default")
	details := flag.Bool("details", false, "print the details of errors")
	flag.Parse()

	conn, err := connect(*host, *port, *cert, *key, *ca, *alpn)
	if err != nil {
		log.Fatal(err)
	}
	client := ttrpc.NewClient(conn)
	defer client.Close()
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 16<<20)
	for lines.Scan() {
		result, err := run(client, lines.Text(), *details)
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(result)
	}
	if err := lines.Err(); err != nil {
		log.Fatal(err)
	}
}
