((call !receiver method: (identifier) @name arguments: (argument_list . [(string) (constant) (scope_resolution)])) @match
  (#any-of? @name "xit" "xdescribe" "xcontext" "xspecify" "xexample" "xscenario" "xfeature"))
((call method: (identifier) @name
  arguments: (argument_list [(string) (constant)] (pair key: (hash_key_symbol) @key value: [(true) (string)]))) @match
  (#any-of? @name "it" "describe" "context" "specify" "example" "scenario" "feature" "test")
  (#any-of? @key "skip" "pending"))
((call !receiver method: (identifier) @name
  arguments: (argument_list [(string) (constant)] (simple_symbol) @symbol)) @match
  (#any-of? @name "it" "describe" "context" "specify" "example" "scenario" "feature")
  (#any-of? @symbol ":skip" ":pending"))
((call !receiver method: (identifier) @test
  block: [
    (do_block body: (body_statement . [(call !receiver method: (identifier) @skip !block) (identifier) @skip] @match))
    (block body: (block_body . [(call !receiver method: (identifier) @skip !block) (identifier) @skip] @match))])
  (#any-of? @test "it" "specify" "example" "scenario" "test" "should")
  (#any-of? @skip "skip" "pending"))
((method name: (identifier) @test
  body: (body_statement . [(call !receiver method: (identifier) @skip !block) (identifier) @skip] @match))
  (#match? @test "^test_")
  (#any-of? @skip "skip" "pending"))
