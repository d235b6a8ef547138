; except Exception: return []
((try_statement body: (block) @tried (except_clause (block . (return_statement (_) @value) .)) @match)
  (#not-contains? @tried "import_statement" "import_from_statement")
  (#match? @match "^except\\s*(:|[^:]*\\b(Base)?Exception(Group)?\\b)")
  (#match? @value "^\\(?\\s*(\\[\\]|\\{\\}|\\(\\)|[rbuf]?\"\"|[rbuf]?''|-?0|-1|-?0?\\.0|(list|dict|set|tuple|str|bytes|frozenset|defaultdict|OrderedDict|Counter|collections\\.\\w+|pd\\.DataFrame|pd\\.Series|pandas\\.DataFrame|np\\.array|DataFrame)\\((list|dict|set|int|str|\\[\\])?\\))\\s*\\)?$"))

; except Exception: return None, []
((try_statement body: (block) @tried (except_clause (block . (return_statement [(expression_list) (tuple)] @value) .)) @match)
  (#not-contains? @tried "import_statement" "import_from_statement")
  (#match? @match "^except\\s*(:|[^:]*\\b(Base)?Exception(Group)?\\b)")
  (#match? @value "^\\(?(\\s*(None|\\[\\]|\\{\\}|\"\"|''|-?0|-1|0\\.0|False)\\s*,?)+\\)?$"))

; except Exception: rows = []
((try_statement body: (block) @tried (except_clause (block . (expression_statement (assignment right: (_) @value)) .)) @match)
  (#not-contains? @tried "import_statement" "import_from_statement")
  (#match? @match "^except\\s*(:|[^:]*\\b(Base)?Exception(Group)?\\b)")
  (#match? @value "^(None|\\[\\]|\\{\\}|\\(\\)|[rbuf]?\"\"|[rbuf]?''|-?0|-1|0?\\.0|(list|dict|set|tuple|str|bytes|pd\\.DataFrame|pd\\.Series|np\\.array)\\((\\[\\])?\\))$"))

; except Exception: return False
((function_definition
  name: (identifier) @name
  body: (block (try_statement body: (block) @tried (except_clause (block . (return_statement (false)) .)) @match)))
  (#match? @match "^except\\s*(:|[^:]*\\b(Base)?Exception(Group)?\\b)")
  (#not-match? @tried "\\breturn\\s+(bool\\(|not\\b|any\\(|all\\(|isinstance|issubclass|inspect\\.is|[^\\n]*\\s(==|!=|<|>|<=|>=|in|is)\\s)")
  (#not-match? @name "(^|_)(is\\w*|are|was|has|have|can|could|should|must|may|will|does|did|supports?|exists?|contains?|check\\w*|tests?|probe|ping|valid\\w*|verif\\w*|equals?|eq|ne|lt|gt|in|needs?|wants?|allow\\w*|accepts?|match\\w*|looks?|available|alive|ready|healthy|health|reachable|running|installed|enabled|try|compare|same|if)(_|$)|^(is|has|can)[A-Z]|^__"))
