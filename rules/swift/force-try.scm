((try_expression (try_operator) @operator expr: (_) @call) @match
  (#eq? @operator "try!")
  (#not-match? @call "^(NSRegularExpression|Regex|JSONDecoder|URL)\\s*\\([^()]*\"[^\"]*\""))
