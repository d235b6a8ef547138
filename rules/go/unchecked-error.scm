([(expression_statement (call_expression function: (selector_expression operand: (identifier) @package field: (field_identifier) @name)) @match)
  (go_statement (call_expression function: (selector_expression operand: (identifier) @package field: (field_identifier) @name)) @match)]
  (#match? @package "^(os|json|xml|yaml|gob|io|ioutil|http|binary|toml|filepath|exec|template|godotenv|viper|syscall|unix|rand)$")
  (#match? @match "^(os\\.(WriteFile|Mkdir|MkdirAll|Rename|Chdir|Chmod|Chown|Chtimes|Setenv|Unsetenv|Truncate|Symlink|Link|CopyFS|Create|Open|OpenFile|ReadFile)|(json|xml|yaml|toml)\\.(Unmarshal|Marshal|NewEncoder)|io\\.(Copy|CopyN|CopyBuffer|ReadAll|ReadFull|WriteString)|ioutil\\.(WriteFile|ReadFile|ReadAll)|http\\.(ListenAndServe|ListenAndServeTLS|Serve|Get|Post)|binary\\.(Read|Write)|filepath\\.(Walk|WalkDir)|godotenv\\.Load|viper\\.(ReadInConfig|Unmarshal|WriteConfig|BindPFlag|BindEnv)|rand\\.Read)\\("))
((expression_statement (call_expression function: (selector_expression
    operand: (call_expression function: (selector_expression operand: (identifier) @package field: (field_identifier) @maker))
    field: (field_identifier) @name)) @match)
  (#match? @package "^(json|xml|yaml|gob|toml)$")
  (#match? @maker "^New(Encoder|Decoder)$")
  (#match? @name "^(Encode|Decode)$"))
((expression_statement (call_expression function: (selector_expression
    operand: (call_expression function: (selector_expression operand: (identifier) @package field: (field_identifier) @maker))
    field: (field_identifier) @name)) @match)
  (#eq? @package "exec")
  (#match? @maker "^Command(Context)?$")
  (#match? @name "^(Run|Start|Output|CombinedOutput)$"))
((expression_statement (call_expression function: (selector_expression operand: (_) @value field: (field_identifier) @name)) @match)
  (#match? @value "^(\\w+\\.)*(db|DB|tx|conn|stmt)$")
  (#match? @name "^(Exec|ExecContext|Commit|Ping|PingContext)$"))
