<?php

/*
 * Global settings: only those that must differ from what SimpleSAMLphp does without them.
 * SIMPLESAMLPHP_CONFIG_DIR points at this folder, so nothing under /etc is read.
 */

$o = require __DIR__ . '/options.php';

$config = [
    // A full URL. From a mere path SimpleSAMLphp would work out host and port from each
    // request's Host header, and the metadata would then depend on who asked for it.
    'baseurlpath' => $o['base_url'] . '/',

    // Debian's package has these in /etc, /var and /tmp; a test keeps its own.
    'certdir' => $o['work_dir'] . '/cert/',
    'loggingdir' => $o['work_dir'] . '/log/',
    'datadir' => $o['work_dir'] . '/data/',
    'tempdir' => $o['work_dir'] . '/tmp',
    'metadatadir' => dirname(__DIR__) . '/metadata/',
    'metadata.sources' => [['type' => 'flatfile']],

    // Goes into the hash that makes the persistent NameID: same salt, same NameID.
    'secretsalt' => $o['secret_salt'],

    // The IdP role and the fixed-user login are both off unless asked for.
    'enable.saml20-idp' => true,
    'module.enable' => ['exampleauth' => true],

    // Plain HTTP on the loopback: a Secure cookie would never come back to us.
    'session.cookie.secure' => false,
    'session.cookie.samesite' => null,
    'language.parameter.setcookie' => false,
    'session.phpsession.savepath' => $o['work_dir'] . '/sessions',

    'timezone' => 'UTC',
    'logging.handler' => 'file',
    'logging.level' => \SimpleSAML\Logger::INFO,
    'logging.logfile' => 'simplesamlphp.log',

    // Error pages carry the trace: simplesamlphp.py puts them into its exceptions.
    'showerrors' => true,
    'errorreporting' => false,

    // Would look for newer releases on the network from the admin pages.
    'admin.checkforupdates' => false,
];
