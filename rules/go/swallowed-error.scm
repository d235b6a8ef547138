; if err != nil { }
((if_statement
  condition: (binary_expression left: (_) @name operator: "!=" right: (nil))
  consequence: (block) @body) @match
  (#match? @body "^\\{\\s*(\\}|/[/*])")
  (#match? @name "(?i)(^e|err|error)[0-9]*$")
  (#only? @body))
((if_statement
  condition: (binary_expression left: (nil) operator: "!=" right: (_) @name)
  consequence: (block) @body) @match
  (#match? @body "^\\{\\s*(\\}|/[/*])")
  (#match? @name "(?i)(^e|err|error)[0-9]*$")
  (#only? @body))

; if r := recover(); r != nil { }, and recover() whose value nobody looks at.
((if_statement
  initializer: (short_var_declaration right: (expression_list (call_expression function: (identifier) @name)))
  consequence: (block) @body) @match
  (#eq? @name "recover")
  (#only? @body))
((expression_statement (call_expression function: (identifier) @name)) @match
  (#eq? @name "recover"))
((defer_statement (call_expression function: (identifier) @name)) @match
  (#eq? @name "recover"))

; _ = err, _ = f()
((assignment_statement
  left: (expression_list . (identifier) @blank .)
  right: (expression_list . (identifier) @name .)) @match
  (#eq? @blank "_")
  (#match? @name "(?i)err(or)?[0-9]*$"))
((assignment_statement
  left: (expression_list . (identifier) @blank .)
  right: (expression_list . (call_expression function: [
    (identifier) @name @key
    (selector_expression field: (field_identifier) @name) @key]) .)) @match
  (#eq? @blank "_")
  (#not-match? @name "^(append|copy|len|cap|make|new|min|max|close|clear|complex|real|imag|string|int|uint|byte|rune|float64|bool|u?int(8|16|32|64)|any|Close\\w*|Remove\\w*|Fprint\\w*|Print\\w*|Sprint\\w*|Sync|Flush|Shutdown|Rollback|Kill|Release|Stop|Cancel|Unlock|String|Error|Errorf|TypeOf|ValueOf|Sizeof|Len|Name|Set(Read|Write)?Deadline|New|Now|Since|Background|TODO|MarkHidden|MarkDeprecated|Mark(Persistent)?FlagRequired|Help|Usage)$"))

; if err != nil { return nil } straight in a function whose one result is an error.
((function_declaration
  result: (type_identifier) @result
  body: (block (statement_list
    (if_statement
      condition: (binary_expression left: (_) @name operator: "!=" right: (nil))
      consequence: (block (statement_list . (return_statement (expression_list . (nil) .)) .))) @match)))
  (#eq? @result "error")
  (#match? @name "(?i)(^e|err|error)[0-9]*$"))
((method_declaration
  result: (type_identifier) @result
  body: (block (statement_list
    (if_statement
      condition: (binary_expression left: (_) @name operator: "!=" right: (nil))
      consequence: (block (statement_list . (return_statement (expression_list . (nil) .)) .))) @match)))
  (#eq? @result "error")
  (#match? @name "(?i)(^e|err|error)[0-9]*$"))

; value, _ := f() where f is known, or by its name very likely, to return an error last.
((short_var_declaration
  left: (expression_list (identifier) @last .) @left
  right: (expression_list . (call_expression function: [
    (identifier) @name @key
    (selector_expression field: (field_identifier) @name) @key]) .)) @match
  (#eq? @last "_")
  (#match? @name "^(Atoi|Parse(Int|Uint|Float|Bool|Duration|InLocation|RequestURI|CIDR|Addr|Prefix|Files|Glob|MediaType|Certificate|Form|File|Config)?|Read|Read(All|File|Dir|String|Bytes|Byte|Rune|link|Link|Full|AtLeast)|Open|Open(File|DB)|Create|Create\\w+|Marshal\\w*|DecodeString|New(Request|RequestWithContext|Reader|Writer|Client|Cipher|GCM|Watcher|Server|Session|ReaderSize|Decoder|Store|DB|Service|Config)|Stat|Lstat|Getwd|Hostname|Abs|Rel|Dial\\w*|Listen\\w*|Exec|ExecContext|Query|QueryContext|Output|CombinedOutput|LookPath|Glob|EvalSymlinks|User(Home|Cache|Config)Dir|Executable|Compile|Sscan(f|ln)?|Fscan(f|ln)?|Scan(f|ln)|Copy|CopyN|CopyBuffer|Write|WriteString|MkdirTemp|TempFile|TempDir|Unquote|Lookup(Host|IP|Addr|User|CNAME)|SplitHostPort|JoinPath|(Path|Query)Unescape|Std(out|err|in)Pipe|RowsAffected|LastInsertId|Load(Location|File|Config|DefaultConfig|X509KeyPair)|Do|RoundTrip|GenerateKey|GenerateFromPassword|SignedString|Seek|Begin|BeginTx|Prepare|PrepareContext|Accept|PostForm|(Fetch|Download|Upload|Save|Send|Connect|Insert|Update|Process|Validate|Generate|Render|Build|Execute|Encrypt|Decrypt)([A-Z][a-z]\\w*)?|Load(?!Or|And)[A-Z]\\w+|(load|read|fetch|open|create|save|write|connect|download|upload|send|decode|unmarshal|marshal|get|process|run|do|init|build|new|start|validate|convert|render|generate|execute|request|encode|encrypt|decrypt|query|insert|update)[A-Z]\\w*)$"))
((assignment_statement
  left: (expression_list (identifier) @last .) @left
  right: (expression_list . (call_expression function: [
    (identifier) @name @key
    (selector_expression field: (field_identifier) @name) @key]) .)) @match
  (#eq? @last "_")
  (#match? @left "[^\\s_,]")
  (#match? @name "^(Atoi|Parse(Int|Uint|Float|Bool|Duration|InLocation|RequestURI|CIDR|Addr|Prefix|Files|Glob|MediaType|Certificate|Form|File|Config)?|Read|Read(All|File|Dir|String|Bytes|Byte|Rune|link|Link|Full|AtLeast)|Open|Open(File|DB)|Create|Create\\w+|Marshal\\w*|DecodeString|New(Request|RequestWithContext|Reader|Writer|Client|Cipher|GCM|Watcher|Server|Session|ReaderSize|Decoder|Store|DB|Service|Config)|Stat|Lstat|Getwd|Hostname|Abs|Rel|Dial\\w*|Listen\\w*|Exec|ExecContext|Query|QueryContext|Output|CombinedOutput|LookPath|Glob|EvalSymlinks|User(Home|Cache|Config)Dir|Executable|Compile|Sscan(f|ln)?|Fscan(f|ln)?|Scan(f|ln)|Copy|CopyN|CopyBuffer|Write|WriteString|MkdirTemp|TempFile|TempDir|Unquote|Lookup(Host|IP|Addr|User|CNAME)|SplitHostPort|JoinPath|(Path|Query)Unescape|Std(out|err|in)Pipe|RowsAffected|LastInsertId|Load(Location|File|Config|DefaultConfig|X509KeyPair)|Do|RoundTrip|GenerateKey|GenerateFromPassword|SignedString|Seek|Begin|BeginTx|Prepare|PrepareContext|Accept|PostForm|(Fetch|Download|Upload|Save|Send|Connect|Insert|Update|Process|Validate|Generate|Render|Build|Execute|Encrypt|Decrypt)([A-Z][a-z]\\w*)?|Load(?!Or|And)[A-Z]\\w+|(load|read|fetch|open|create|save|write|connect|download|upload|send|decode|unmarshal|marshal|get|process|run|do|init|build|new|start|validate|convert|render|generate|execute|request|encode|encrypt|decrypt|query|insert|update)[A-Z]\\w*)$"))
((short_var_declaration
  left: (expression_list (identifier) @last .)
  right: (expression_list . (call_expression function: (selector_expression) @name @key) .)) @match
  (#eq? @last "_")
  (#match? @name "^(http|([\\w.]+\\.)?(\\w*C|c)lient)\\.(Get|Head|Post|PostForm|Do)$|^(uuid\\.New(Random|UUID)|rand\\.Int|regexp\\.MatchString|filepath\\.Match|path\\.Match|(url|time|uuid|template|mail|semver|netip)\\.Parse)$"))
((var_spec
  name: (identifier)
  name: (identifier) @last .
  value: (expression_list . (call_expression function: [
    (identifier) @name @key
    (selector_expression field: (field_identifier) @name) @key]) .)) @match
  (#eq? @last "_")
  (#match? @name "^(Atoi|Parse(Int|Uint|Float|Bool|Duration|InLocation|RequestURI|CIDR|Addr|Prefix|Files|Glob|MediaType|Certificate|Form|File|Config)?|Read|Read(All|File|Dir|String|Bytes|Byte|Rune|link|Link|Full|AtLeast)|Open|Open(File|DB)|Create|Create\\w+|Marshal\\w*|DecodeString|New(Request|RequestWithContext|Reader|Writer|Client|Cipher|GCM|Watcher|Server|Session|ReaderSize|Decoder|Store|DB|Service|Config)|Stat|Lstat|Getwd|Hostname|Abs|Rel|Dial\\w*|Listen\\w*|Exec|ExecContext|Query|QueryContext|Output|CombinedOutput|LookPath|Glob|EvalSymlinks|User(Home|Cache|Config)Dir|Executable|Compile|Sscan(f|ln)?|Fscan(f|ln)?|Scan(f|ln)|Copy|CopyN|CopyBuffer|Write|WriteString|MkdirTemp|TempFile|TempDir|Unquote|Lookup(Host|IP|Addr|User|CNAME)|SplitHostPort|JoinPath|(Path|Query)Unescape|Std(out|err|in)Pipe|RowsAffected|LastInsertId|Load(Location|File|Config|DefaultConfig|X509KeyPair)|Do|RoundTrip|GenerateKey|GenerateFromPassword|SignedString|Seek|Begin|BeginTx|Prepare|PrepareContext|Accept|PostForm|(Fetch|Download|Upload|Save|Send|Connect|Insert|Update|Process|Validate|Generate|Render|Build|Execute|Encrypt|Decrypt)([A-Z][a-z]\\w*)?|Load(?!Or|And)[A-Z]\\w+|(load|read|fetch|open|create|save|write|connect|download|upload|send|decode|unmarshal|marshal|get|process|run|do|init|build|new|start|validate|convert|render|generate|execute|request|encode|encrypt|decrypt|query|insert|update)[A-Z]\\w*)$"))
