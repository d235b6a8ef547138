((selector_expression operand: (identifier) @package field: (field_identifier) @name) @match
  (#match? @match "^(ioutil\\.(ReadFile|WriteFile|ReadAll|ReadDir|TempFile|TempDir|NopCloser|Discard)|rand\\.Seed|strings\\.Title|os\\.SEEK_(SET|CUR|END)|filepath\\.HasPrefix|elliptic\\.(GenerateKey|Marshal|Unmarshal))$"))
((import_spec path: (interpreted_string_literal) @path) @match
  (#match? @path "^\"(io/ioutil|golang\\.org/x/net/context|golang\\.org/x/exp/(slices|maps|slog)|github\\.com/golang/protobuf/(proto|ptypes)|github\\.com/dgrijalva/jwt-go|github\\.com/pkg/errors)\"$"))
