<?php

/*
 * The one way into this configuration: a JSON file, named by SSP_TEST_OPTIONS, which
 * simplesamlphp.py writes. Every other file here requires this one, so that a test
 * changes the IdP by rewriting that JSON, with no restart: PHP reads it on each request.
 *
 * There are no defaults here on purpose. They are all in simplesamlphp.py; a key that is
 * missing here stops the request instead of quietly giving another IdP than was asked for.
 */

$path = getenv('SSP_TEST_OPTIONS');
if ($path === false || !is_readable($path)) {
    throw new \Exception('SSP_TEST_OPTIONS does not name a readable file; start through simplesamlphp.py');
}

$options = json_decode(file_get_contents($path), true, 16, JSON_THROW_ON_ERROR);

$needed = [
    'base_url', 'work_dir', 'secret_salt', 'entity_id', 'user', 'password', 'audience', 'acs_url',
    'extra_audiences', 'sign_assertion', 'sign_response', 'name_id_format', 'name_id', 'attributes',
    'attribute_name_format', 'assertion_lifetime', 'sso_bindings',
];
$missing = array_diff($needed, array_keys($options));
if ($missing !== []) {
    throw new \Exception('options missing from ' . $path . ': ' . implode(', ', $missing));
}

return $options;
