((attribute object: (identifier) @module attribute: (identifier)) @match
  (#any-of? @module "collections" "inspect" "time" "asyncio" "fractions" "cgi" "platform" "string" "itertools" "os" "base64" "locale" "unittest" "pkgutil" "importlib" "ssl" "ast" "sys" "types" "typing" "gettext" "random" "sqlite3" "webbrowser" "urllib")
  (#match? @match "^(collections\\.(Mapping|MutableMapping|Sequence|MutableSequence|Set|MutableSet|Iterable|Iterator|Callable|Hashable|Sized|Container|Generator|Awaitable|Coroutine|KeysView|ValuesView|ItemsView|MappingView|ByteString)|inspect\\.(getargspec|formatargspec|getmoduleinfo)|time\\.clock|asyncio\\.(coroutine|async|JoinableQueue|get_child_watcher|set_child_watcher)|asyncio\\.Task\\.(all_tasks|current_task)|fractions\\.gcd|cgi\\.escape|platform\\.(linux_distribution|dist|popen)|string\\.(letters|lowercase|uppercase|maketrans|atoi|atof)|itertools\\.(izip|imap|ifilter|izip_longest|ifilterfalse)|os\\.(getcwdu|errno|popen2|popen3)|base64\\.(encodestring|decodestring)|xml\\.etree\\.cElementTree|locale\\.(format|resetlocale)|unittest\\.(makeSuite|findTestCases|getTestCaseNames|_TextTestResult)|pkgutil\\.(find_loader|get_loader|ImpImporter|ImpLoader)|importlib\\.find_loader|ssl\\.(wrap_socket|match_hostname|RAND_pseudo_bytes)|ast\\.(Str|Num|Bytes|NameConstant|Ellipsis)|sys\\.(maxint|setcheckinterval|getcheckinterval|exc_clear|exc_type|set_coroutine_wrapper|setdefaultencoding)|types\\.(StringType|ListType|DictType|IntType|StringTypes|UnicodeType|ClassType|InstanceType)|typing\\.(io|re)|gettext\\.(lgettext|ldgettext|lngettext|ldngettext|bind_textdomain_codeset)|random\\.jumpahead|sqlite3\\.(OptimizedUnicode|enable_shared_cache)|webbrowser\\.MacOSX|urllib\\.(urlopen|urlencode|urlretrieve|quote|unquote|quote_plus|unquote_plus))$")
  (#not-has-ancestor? @match "except_clause" "else_clause" "conditional_expression"))
((attribute object: (attribute object: (identifier) @module attribute: (identifier)) attribute: (identifier)) @match
  (#any-of? @module "asyncio" "xml")
  (#any-of? @match "asyncio.Task.all_tasks" "asyncio.Task.current_task" "xml.etree.cElementTree")
  (#not-has-ancestor? @match "except_clause" "else_clause" "conditional_expression"))

((import_from_statement
  module_name: (dotted_name) @module
  name: [(dotted_name) @name (aliased_import name: (dotted_name) @name)]) @match
  (#eq? @module "collections")
  (#match? @name "^(Mapping|MutableMapping|Sequence|MutableSequence|Set|MutableSet|Iterable|Iterator|Callable|Hashable|Sized|Container|Generator|Awaitable|Coroutine|KeysView|ValuesView|ItemsView|MappingView|ByteString)$")
  (#not-has-ancestor? @match "try_statement" "if_statement"))
((import_from_statement
  module_name: (dotted_name) @module
  name: [(dotted_name) @name (aliased_import name: (dotted_name) @name)]) @match
  (#match? @module "^(inspect|time|asyncio|fractions|cgi|platform|string|itertools|base64|locale|unittest|ssl|sys|urllib|xml\\.etree|pkgutil)$")
  (#any-of? @name "getargspec" "formatargspec" "clock" "coroutine" "JoinableQueue" "gcd" "escape" "linux_distribution" "letters" "lowercase" "uppercase" "maketrans" "izip" "imap" "ifilter" "izip_longest" "encodestring" "decodestring" "resetlocale" "makeSuite" "findTestCases" "find_loader" "wrap_socket" "match_hostname" "maxint" "urlopen" "urlencode" "urlretrieve" "quote" "unquote" "quote_plus" "cElementTree")
  (#not-has-ancestor? @match "try_statement" "if_statement"))
