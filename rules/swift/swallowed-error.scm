; do { } catch { }
((catch_block (catch_keyword)) @match
  (#match? @match "^catch\\s*(let \\w+\\s*)?(as Error\\s*)?\\{(\\s|//[^\\n]*|/\\*([^*]|\\*[^/])*\\*/)*\\}$"))

; try? save(), among other statements
((statements (try_expression (try_operator) @operator expr: (_) @call) @match) @block
  (#not-only? @block "try_expression")
  (#eq? @operator "try?")
  (#not-match? @call "(\\.|^)(removeItem|trashItem|close|closeFile|sleep|cancel|synchronize|stop|invalidate|shutdown|finish|wait|setResourceValues|createDirectory)\\("))
((source_file (try_expression (try_operator) @operator expr: (_) @call) @match)
  (#eq? @operator "try?")
  (#not-match? @call "(\\.|^)(removeItem|trashItem|close|closeFile|sleep|cancel|synchronize|stop|invalidate|shutdown|finish|wait|setResourceValues|createDirectory)\\("))

; try? save() alone: in a closure or a getter it would be the value that is given back.
((statements (try_expression (try_operator) @operator expr: (_) @call) @match) @block
  (#only? @block "try_expression")
  (#not-has-parent? @block "lambda_literal" "computed_property" "computed_getter" "function_body")
  (#eq? @operator "try?")
  (#not-match? @call "(\\.|^)(removeItem|trashItem|close|closeFile|sleep|cancel|synchronize|stop|invalidate|shutdown|finish|wait|setResourceValues|createDirectory)\\("))
((function_declaration body: (function_body (statements (try_expression (try_operator) @operator expr: (_) @call) @match) @block)) @function
  (#only? @block "try_expression")
  (#not-match? @function "^[^{]*->")
  (#eq? @operator "try?")
  (#not-match? @call "(\\.|^)(removeItem|trashItem|close|closeFile|sleep|cancel|synchronize|stop|invalidate|shutdown|finish|wait|setResourceValues|createDirectory)\\("))

; _ = try? save()
((assignment target: (_) @target result: (try_expression (try_operator) @operator expr: (_) @call)) @match
  (#eq? @target "_")
  (#eq? @operator "try?")
  (#not-match? @call "(\\.|^)(removeItem|trashItem|close|closeFile|sleep|cancel|synchronize|stop|invalidate|shutdown|finish|wait|setResourceValues|createDirectory)\\("))
