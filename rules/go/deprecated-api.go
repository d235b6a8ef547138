package demo

import (
	"fmt"
	// ruleid: deprecated-api
	"io/ioutil"
	"math/rand"
	"os"
	"strings"
	"time"
	// ruleid: deprecated-api
	"golang.org/x/net/context"
	// ok: deprecated-api
	"golang.org/x/net/html"
	// ok: deprecated-api
	"example.org/demo/io/ioutil2"
)

func positives(path string) ([]byte, error) {
	// ruleid: deprecated-api
	rand.Seed(time.Now().UnixNano())
	// ruleid: deprecated-api
	fmt.Println(strings.Title(path))
	// ruleid: deprecated-api
	return ioutil.ReadFile(path)
}

func negatives(path string, files Files) ([]byte, error) {
	// ok: deprecated-api
	numbers := rand.New(rand.NewSource(1))
	// ok: deprecated-api
	fmt.Println(strings.ToTitle(path), numbers.Int())
	// ok: deprecated-api
	files.Seed(1)
	// ioutil.ReadFile(path)
	// ok: deprecated-api
	fmt.Println("ioutil.ReadFile")
	// ok: deprecated-api
	return os.ReadFile(path)
}
