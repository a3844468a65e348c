<?php

/*
 * One user with a fixed password. Two attributes are for ourselves and never leave the IdP
 * (metadata/saml20-idp-hosted.php drops them after the NameID is made); the others are
 * released as they stand.
 */

$o = require __DIR__ . '/options.php';

$config = [
    'test-users' => [
        'exampleauth:UserPass',
        $o['user'] . ':' . $o['password'] => [
            'test:subject' => [$o['user']],
            // An empty value would be refused later on, so leave it out altogether.
        ] + ($o['name_id'] === null ? [] : ['test:nameid' => [$o['name_id']]])
          + $o['attributes'],
    ],
];
