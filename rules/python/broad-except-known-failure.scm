; try: x = int(text)
((try_statement
  body: (block . [
    (expression_statement (assignment right: (call function: (_) @call arguments: (argument_list) @arguments)))
    (expression_statement (call function: (_) @call arguments: (argument_list) @arguments))
    (return_statement (call function: (_) @call arguments: (argument_list) @arguments))] .)
  (except_clause (block) @body) @match)
  (#match? @match "^except\\s*(:|\\(?\\s*(Base)?Exception\\b)")
  (#match? @call "^(int|float|complex|ord|chr|Decimal|decimal\\.Decimal|Fraction|UUID|uuid\\.UUID|json\\.loads|ast\\.literal_eval|(datetime\\.)?(datetime|date|time)\\.(fromisoformat|strptime|fromtimestamp)|ipaddress\\.\\w+|ip_address|base64\\.\\w+|b64decode|bytes\\.fromhex|os\\.(remove|unlink|rmdir|mkdir|makedirs|stat|listdir|rename|kill|chmod)|shutil\\.(rmtree|copy|move))$")
  (#not-contains? @arguments "call" "await" "generator_expression" "list_comprehension")
  (#not-match? @body "\\b(fail\\w*|exit|_exit|abort|die)\\(")
  (#not-contains? @body "raise_statement"))

; try: x = row["id"]
((try_statement
  body: (block . [
    (expression_statement (assignment right: (subscript value: (identifier) subscript: [(string) (integer) (identifier)]) @lookup))
    (return_statement (subscript value: (identifier) subscript: [(string) (integer) (identifier)]) @lookup)
    (delete_statement (subscript value: (identifier) subscript: [(string) (integer) (identifier)]) @lookup)] .)
  (except_clause (block) @body) @match)
  (#match? @match "^except\\s*(:|\\(?\\s*(Base)?Exception\\b)")
  (#not-contains? @body "raise_statement"))

; except BaseException that neither raises nor hands the exception on
((try_statement (except_clause value: (identifier) @type (block) @body) @match) @whole
  (#eq? @type "BaseException")
  (#not-match? @match "^except\\*")
  (#not-contains? @body "raise_statement")
  (#not-match? @body "exc_info|format_exc|print_exc|\\.exception\\(|\\bfail\\(|set_exception|_exit\\(|sys\\.exit\\(")
  (#not-match? @whole "\\bexcept\\b[^:\\n]*\\b(KeyboardInterrupt|SystemExit)\\b"))
((try_statement (except_clause value: (as_pattern (identifier) @type alias: (as_pattern_target (identifier) @error)) (block) @body) @match) @whole
  (#eq? @type "BaseException")
  (#not-match? @match "^except\\*")
  (#not-contains? @body "raise_statement")
  (#not-match? @body "exc_info|format_exc|print_exc|\\.exception\\(|\\bfail\\(|_exit\\(|sys\\.exit\\(")
  (#not-match? @whole "\\bexcept\\b[^:\\n]*\\b(KeyboardInterrupt|SystemExit)\\b")
  (#not-uses? @body @error))
